/** A network of a test's own, where programs that want interfaces and fixed ports disturb nobody; gone when the test run ends, however it ends. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** The shell, and with it the namespace, lives as long as our end of its standard input. */
const SUPERVISE = `
ip link set lo up || exit 1
eval "$1" || exit 1
echo ready
cat > /dev/null
`;

/** Why this machine lets nobody make networks, in a sentence; undefined where it works. */
export const namespaceRefusal: string | undefined =
  spawnSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' }).status === 0
    ? undefined
    : 'network namespaces are not permitted here (they need root and the package iproute2)';

export class NetworkNamespace {
  readonly #supervisor: ChildProcessWithoutNullStreams;
  readonly #children: { readonly kill: () => void; readonly closed: Promise<unknown> }[] = [];

  private constructor(supervisor: ChildProcessWithoutNullStreams) {
    this.#supervisor = supervisor;
  }

  /** Makes a network with a loopback interface and what the shell commands `setup` add. */
  static async open(setup: string): Promise<NetworkNamespace> {
    const supervisor = spawn('unshare', ['--net', 'sh', '-c', SUPERVISE, 'sh', setup], { detached: true });
    let complaints = '';
    supervisor.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaints += text;
    });
    const lines = createInterface({ input: supervisor.stdout });
    const closed = once(supervisor, 'close').then(() => ['nothing']);
    const [line] = await Promise.race([once(lines, 'line'), closed]);
    if (line !== 'ready') throw new Error(`no network could be made: ${complaints}`);
    return new NetworkNamespace(supervisor);
  }

  /** Returns a command line that runs another one inside. */
  inside(command: string, ...options: string[]): [string, ...string[]] {
    return ['nsenter', `--net=/proc/${this.#supervisor.pid}/ns/net`, command, ...options];
  }

  /** Starts a program inside and resolves once it prints what is waited for; rejects with its output when it ends before. */
  async start(command: readonly [string, ...string[]], printed: RegExp): Promise<void> {
    const [program, ...options] = this.inside(...command);
    const child = spawn(program, options, { stdio: ['ignore', 'pipe', 'pipe'] });
    const closed = once(child, 'close');
    this.#children.push({ kill: () => child.kill(), closed });
    let output = '';
    await new Promise<void>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
          if (printed.test(output)) resolve();
        });
      }
      closed.then(() => reject(new Error(`${command.join(' ')} ended: ${output}`)), reject);
    });
  }

  /** Ends the programs that were started, the last one first, and the network. */
  async close(): Promise<void> {
    for (const { kill, closed } of this.#children.reverse()) {
      kill();
      await closed;
    }
    const closed = once(this.#supervisor, 'close');
    this.#supervisor.stdin.end();
    await closed;
  }
}
