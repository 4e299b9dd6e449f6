/** Logins by Debian's radclient: what was answered, in its words. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** An answer as radclient prints it; `none` where it had none it believes. */
export interface RadclientAnswer {
  readonly code: 'Access-Accept' | 'Access-Reject' | 'Accounting-Response' | 'none';
  /** By name, in order; text without its quotes. */
  readonly attributes: readonly (readonly [name: string, value: string])[];
}

export interface RadclientOptions {
  readonly port: number;
  readonly secret?: string;
  readonly command?: 'auth' | 'acct' | 'status';
  /** Tries of a second each. */
  readonly tries?: number;
}

/** Sends one request and returns its answer. Attributes are as dictionaries spell them; Message-Authenticator is added unless it is false. */
export async function radclient(
  attributes: Readonly<Record<string, string | number>>,
  { port, secret = 'testing123', command = 'auth', tries = 10 }: RadclientOptions,
  { messageAuthenticator = true } = {},
): Promise<RadclientAnswer> {
  const lines = Object.entries(attributes).map(([name, value]) =>
    typeof value === 'number' ? `${name} = ${value}` : `${name} = "${value}"`,
  );
  // Debian 12's sends none by itself.
  if (messageAuthenticator) lines.push('Message-Authenticator = 0x00');
  const options = ['-x', '-D', '/usr/share/freeradius', '-t', '1', '-r', String(tries)];
  const child = spawn('radclient', [...options, `127.0.0.1:${port}`, command, secret]);
  child.stdin.end(`${lines.join('\n')}\n`);
  const [output] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return answerIn(output);
}

function answerIn(output: string): RadclientAnswer {
  const [, code, rest = ''] =
    /^Received (Access-Accept|Access-Reject|Accounting-Response) .*\n((?:\t.*\n?)*)/m.exec(output) ?? [];
  if (code === 'Accounting-Response') return { code, attributes: [] };
  if (code !== 'Access-Accept' && code !== 'Access-Reject') return { code: 'none', attributes: [] };
  const attributes = [...rest.matchAll(/^\t(\S+) = "?(.*?)"?$/gm)].map(
    ([, name = '', value = '']) => [name, value] as const,
  );
  return { code, attributes };
}
