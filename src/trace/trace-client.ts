/** The watcher's end of `radmeter trace`. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { AppError } from '../errors.ts';
import type { TraceMessage } from './trace-event.ts';
import type { TraceSubject } from './trace-filter.ts';
import { encodeRequest, isTooLongForSocket, parseJson, traceSocketPath } from './trace-socket.ts';

export interface TraceOptions {
  readonly stateDir: string;
  readonly subject: TraceSubject;
  /** Ends the watch in good order. */
  readonly stop: AbortSignal;
}

/** Gives what the daemon with this state directory says about a subject, until `stop`; throws AppError `unavailable` when no daemon runs there or it ends. */
export async function* watchTrace({ stateDir, subject, stop }: TraceOptions): AsyncGenerator<TraceMessage> {
  if (stop.aborted) return;
  const socket = await open(stateDir);
  const end = () => socket.destroy();
  stop.addEventListener('abort', end, { once: true });
  try {
    socket.write(encodeRequest(subject));
    yield* messagesIn(socket);
    if (!stop.aborted) throw new AppError('unavailable', 'the daemon ended the trace; has it been stopped?');
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    stop.removeEventListener('abort', end);
    socket.destroy();
  }
}

async function open(stateDir: string): Promise<Socket> {
  const path = traceSocketPath(stateDir);
  if (isTooLongForSocket(path)) {
    throw new AppError('unavailable', `${path} is too long a path for a socket; shorten state-dir`);
  }
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return socket;
  } catch (error) {
    throw refusal(error, path);
  }
}

function refusal(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EACCES' || code === 'EPERM') {
    return new AppError('unauthorized', `${path} is not yours to open; ask as the user the daemon runs as`);
  }
  if (code !== 'ENOENT' && code !== 'ECONNREFUSED' && code !== 'ENOTDIR') return error;
  return new AppError(
    'unavailable',
    `no daemon runs with this state-dir: nothing listens on ${path}; \`radmeter serve\` starts one, --state-dir names another`,
    { cause: error },
  );
}

/** Reading only as fast as the messages are taken, so that a slow reader makes the daemon count, not keep. */
async function* messagesIn(socket: Socket): AsyncGenerator<TraceMessage> {
  socket.setEncoding('utf8');
  let rest = '';
  for await (const text of socket) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = parseJson(line);
      if (!isTraceMessage(message)) {
        throw new AppError(
          'unavailable',
          'the daemon answers in other words than these; is its version another?',
        );
      }
      yield message;
    }
  }
}

/** Looks at the outline only: both ends are one program. */
function isTraceMessage(value: unknown): value is TraceMessage {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  if (value.kind === 'watching') return true;
  if (value.kind === 'missed') return 'count' in value && typeof value.count === 'number';
  return value.kind === 'event' && 'event' in value && typeof value.event === 'object';
}
