/** Bytes sent over a connection as they are, and the answers that come back before it is closed. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { FuzzAnswer } from './expectations.ts';

/** Returns the answers in their order, none where the connection was closed without one. */
export async function rawExchange(port: number, bytes: string | Buffer): Promise<FuzzAnswer[]> {
  const socket = connect(port, '127.0.0.1');
  // What was written to a connection that the other side has closed.
  socket.on('error', () => undefined);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const closed = once(socket, 'close');
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  await closed;
  return answersIn(Buffer.concat(chunks).toString('latin1'));
}

/** RFC 9112 §4 and §6, as far as Node's server uses it. Throws where the text is anything else. */
function answersIn(text: string): FuzzAnswer[] {
  const answers: FuzzAnswer[] = [];
  for (let rest = text; rest !== ''; ) {
    const head = /^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/.exec(rest);
    if (head === null) throw new Error(`no answer of HTTP: ${JSON.stringify(rest.slice(0, 200))}`);
    const status = Number(head[1]);
    const headers = headersIn(head[2] ?? '');
    const { body, length } = bodyIn(rest.slice(head[0].length), headers);
    answers.push({ status, headers, text: Buffer.from(body, 'latin1').toString() });
    rest = rest.slice(head[0].length + length);
  }
  return answers;
}

function headersIn(lines: string): Record<string, string> {
  const pairs = lines
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line): [string, string] => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    });
  return Object.fromEntries(pairs);
}

function bodyIn(rest: string, headers: Readonly<Record<string, string>>): { body: string; length: number } {
  if (headers['transfer-encoding'] === 'chunked') return chunksIn(rest);
  const length = Number(headers['content-length'] ?? 0);
  return { body: rest.slice(0, length), length };
}

function chunksIn(rest: string): { body: string; length: number } {
  let body = '';
  let at = 0;
  for (;;) {
    const [line = '', size = ''] = /^([0-9a-f]+)\r\n/i.exec(rest.slice(at)) ?? [];
    if (line === '') throw new Error(`no chunk: ${JSON.stringify(rest.slice(at, at + 100))}`);
    at += line.length;
    body += rest.slice(at, at + Number.parseInt(size, 16));
    at += Number.parseInt(size, 16) + 2;
    if (Number.parseInt(size, 16) === 0) return { body, length: at };
  }
}
