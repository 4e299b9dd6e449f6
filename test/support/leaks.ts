/** Fails a test that leaves a socket, a server, a child process or a timer of ours behind, and says where it was made. */
import { createHook } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';

interface Resource {
  readonly type: string;
  readonly madeAt: string;
  /** Timers that do not keep the process alive, such as those of an AbortSignal, end by themselves. */
  readonly keepsAlive: () => boolean;
}

const TYPES = new Set(['UDPWRAP', 'TCPSERVERWRAP', 'PIPESERVERWRAP', 'PROCESSWRAP', 'Timeout', 'WORKER']);
/** Closing takes a few turns of the event loop after the promise of it is kept. */
const TURNS_TO_CLOSE = 20;

/** Adds the check to the suite it is called in: what is open after a test (its own afterEach hooks included) that was not before it. Resources that packages and the test runner make are theirs. */
export function failOnLeaks(): void {
  const open = new Map<number, Resource>();
  let before = new Set<number>();
  const hook = createHook({
    init(id, type, _trigger, resource) {
      if (!TYPES.has(type)) return;
      const madeAt = ownFrame(new Error().stack ?? '');
      if (madeAt !== undefined) open.set(id, { type, madeAt, keepsAlive: () => hasRef(resource) });
    },
    destroy(id) {
      open.delete(id);
    },
  });

  beforeAll(() => {
    hook.enable();
  });
  afterAll(() => {
    hook.disable();
  });
  beforeEach(() => {
    before = new Set(open.keys());
  });
  // Hooks after a test run last declared first: this one is declared before those of the suite.
  afterEach(async () => {
    const leaks = () => [...open].filter(([id, each]) => !before.has(id) && each.keepsAlive());
    for (let turn = 0; turn < TURNS_TO_CLOSE && leaks().length > 0; turn++) await nextTurn();
    const left = leaks().map(([, { type, madeAt }]) => `${type} made ${madeAt}`);
    if (left.length > 0) throw new Error(`the test left open:\n${left.join('\n')}`);
  });
}

/** Returns the frame that asked for a resource where it is of this project, else undefined. */
function ownFrame(stack: string): string | undefined {
  const frames = stack.split('\n').filter((line) => line.includes('at '));
  // The first frames are this hook's own.
  const asking = frames.find((line) => !line.includes('node:') && !line.includes('support/leaks.ts'));
  return asking === undefined || asking.includes('node_modules') ? undefined : asking.trim();
}

function hasRef(resource: object): boolean {
  return !('hasRef' in resource) || typeof resource.hasRef !== 'function' || resource.hasRef() === true;
}
