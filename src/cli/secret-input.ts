/** Reading a secret: from a terminal without showing it, else from what is piped in; never from the command line, where everybody sees it. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { AppError } from '../errors.ts';

/** The streams of a process, as far as they matter here. */
export interface SecretStreams {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Where the question is asked: not standard output, which may go into a file. */
  readonly prompt: NodeJS.WritableStream;
}

/** Far above any secret. */
const PIPED_LENGTH_MAX = 64 * 1024;

/** Returns the secret: asked for twice on a terminal, else the first line that is piped in. Throws AppError `invalid` where the two differ, none comes, or it is abandoned. */
export async function readSecret(question: string, streams: SecretStreams = PROCESS): Promise<string> {
  if (streams.input.isTTY !== true) return pipedSecret(streams.input);
  const secret = await ask(`${question}: `, streams);
  const again = await ask(`${question} again: `, streams);
  if (secret !== again) throw new AppError('invalid', 'the two are not the same; nothing is changed');
  return secret;
}

const PROCESS: SecretStreams = { input: process.stdin, prompt: process.stderr };

async function ask(question: string, { input, prompt }: SecretStreams): Promise<string> {
  prompt.write(question);
  const abandoned = new AbortController();
  // readline edits the line as on any terminal, and shows it to nobody.
  const nobody = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: nobody, terminal: true, historySize: 0 });
  lines.on('close', () => abandoned.abort());
  lines.on('SIGINT', () => abandoned.abort());
  try {
    return await lines.question('', { signal: abandoned.signal });
  } catch (error) {
    throw new AppError('invalid', 'abandoned; nothing is changed', { cause: error });
  } finally {
    lines.close();
    prompt.write('\n');
  }
}

async function pipedSecret(input: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of input) {
    chunks.push(Buffer.from(chunk));
    length += chunk.length;
    if (length > PIPED_LENGTH_MAX)
      throw new AppError('invalid', 'what is piped in is too long for a password');
  }
  const [line = ''] = Buffer.concat(chunks).toString('utf8').split(/\r?\n/);
  if (line !== '') return line;
  throw new AppError('invalid', 'no password came; type it at a terminal, or pipe it in');
}
