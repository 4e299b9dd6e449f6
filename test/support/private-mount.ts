/** A small file system of a test's own, which it may fill and make read-only; gone when the test run ends, however it ends. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The shell lives as long as our end of its standard input: a killed test run leaves no mount behind. */
const SUPERVISE = `
directory=$1
mount -t tmpfs -o "size=$2,mode=0755" radmeter-test "$directory" || exit 1
echo mounted
cat > /dev/null
umount "$directory" 2> /dev/null || umount --lazy "$directory"
rmdir "$directory"
`;

const BALLAST = 'ballast';
const CHUNK_BYTES = 64 * 1024;

/** Why this machine lets nobody mount, in a sentence; undefined where mounting works. */
export const mountRefusal: string | undefined = tryToMount();

export class PrivateMount {
  readonly path: string;
  readonly #supervisor: ChildProcessWithoutNullStreams;

  private constructor(path: string, supervisor: ChildProcessWithoutNullStreams) {
    this.path = path;
    this.#supervisor = supervisor;
  }

  /** Mounts a tmpfs of that size. */
  static async open(bytes: number): Promise<PrivateMount> {
    const path = mkdtempSync(join(tmpdir(), 'radmeter-mount-'));
    // A group of its own: Ctrl-C at a terminal is for the test run, whose end the shell then sees.
    const supervisor = spawn('sh', ['-c', SUPERVISE, 'sh', path, String(bytes)], { detached: true });
    const lines = createInterface({ input: supervisor.stdout });
    const [line] = await Promise.race([
      once(lines, 'line'),
      once(supervisor, 'close').then(() => ['nothing']),
    ]);
    if (line === 'mounted') return new PrivateMount(path, supervisor);
    rmSync(path, { recursive: true });
    throw new Error('a tmpfs could not be mounted');
  }

  /** Writes until no octet fits any more. */
  fill(): void {
    const file = openSync(join(this.path, BALLAST), 'a');
    try {
      for (let bytes = CHUNK_BYTES; bytes >= 1; ) {
        try {
          if (writeSync(file, Buffer.alloc(bytes)) === bytes) continue;
        } catch (error) {
          if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
        }
        bytes = Math.floor(bytes / 2);
      }
    } finally {
      closeSync(file);
    }
  }

  /** Gives the room back that `fill` took. */
  free(): void {
    rmSync(join(this.path, BALLAST), { force: true });
  }

  async close(): Promise<void> {
    const closed = once(this.#supervisor, 'close');
    this.#supervisor.stdin.end();
    await closed;
  }
}

function tryToMount(): string | undefined {
  if (userInfo().uid !== 0) return 'mounting a tmpfs needs root';
  const path = mkdtempSync(join(tmpdir(), 'radmeter-mount-'));
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', 'radmeter-test', path], { encoding: 'utf8' });
  if (status === 0) spawnSync('umount', [path]);
  rmSync(path, { recursive: true, force: true });
  return status === 0
    ? undefined
    : `a tmpfs cannot be mounted here: ${(stderr ?? 'no mount command').trim()}`;
}
