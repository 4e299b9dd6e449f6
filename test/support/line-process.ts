/** A process beside the test that speaks in lines, so that tests wait for what it says. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export class LineProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  readonly #closed: Promise<unknown>;
  #complaints = '';

  /** Starts one of our TypeScript files with this Node. */
  constructor(file: string, ...options: string[]) {
    this.#child = spawn(process.execPath, [file, ...options], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#closed = once(this.#child, 'close');
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints += text;
    });
  }

  /** Returns the next line; throws with what the process complained of when it ended instead. */
  async nextLine(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`the process ended: ${this.#complaints}`);
    return value;
  }

  say(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Kills it as a power cut would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  /** Waits until it has ended by itself. */
  async end(): Promise<void> {
    this.#child.stdin.end();
    await this.#closed;
  }
}
