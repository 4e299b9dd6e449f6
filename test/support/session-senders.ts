/** Sends Accounting-Requests through RADIUS clients that others wrote. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type AttributeDefinition, loadDictionary } from '../../src/radius/dictionary.ts';
import type { PeerName } from './peers.ts';

/** The attributes of one packet, by dictionary name; integers as numbers, their values not by name. */
export type PacketAttributes = readonly (readonly [name: string, value: string | number])[];

export interface Destination {
  readonly port: number;
  readonly secret: string;
}

export type Client = Extract<PeerName, 'radclient' | 'pyrad' | 'Authen::Radius'>;

const dictionary = loadDictionary(join(import.meta.dirname, '../../dictionaries'));
const FREERADIUS_DICTIONARIES = '/usr/share/freeradius';

/** Sends packets one after the other and waits for the answer to each; rejects with the client's words when one is missing or wrong. */
export const sendWith: Record<
  Client,
  (to: Destination, packets: readonly PacketAttributes[]) => Promise<void>
> = {
  radclient: ({ port, secret }, packets) => {
    const input = packets.map((attributes) => attributes.map(radclientPair).join('\n')).join('\n\n');
    const options = ['-D', FREERADIUS_DICTIONARIES, '-t', '5', '-r', '1', '-p', '1'];
    return run(['radclient', ...options, `127.0.0.1:${port}`, 'acct', secret], `${input}\n`);
  },
  pyrad: ({ port, secret }, packets) => {
    const definitions = new Set(packets.flat().map(([name]) => definitionOf(name)));
    const lines = [...definitions].map(
      ({ name, type, valueType }) => `ATTRIBUTE ${name} ${type} ${valueType}`,
    );
    const script = join(import.meta.dirname, 'send-with-pyrad.py');
    const input = JSON.stringify({ dictionary: `${lines.join('\n')}\n`, packets });
    return run(['/usr/bin/python3', script, String(port), secret], input);
  },
  'Authen::Radius': ({ port, secret }, packets) => {
    const lines = packets.map((attributes) => attributes.map(perlLine).join('\n'));
    const script = join(import.meta.dirname, 'send-with-authen-radius.pl');
    return run(['/usr/bin/perl', script, String(port), secret], `${lines.join('\n\n')}\n\n`);
  },
};

function radclientPair([name, value]: PacketAttributes[number]): string {
  return typeof value === 'number' ? `${name} = ${value}` : `${name} = "${value}"`;
}

/** The Perl module is given numbers and types, because it reads only its own form of dictionary. */
function perlLine([name, value]: PacketAttributes[number]): string {
  const { type, valueType } = definitionOf(name);
  return `${type} ${valueType === 'date' ? 'integer' : valueType} ${value}`;
}

function definitionOf(name: string): AttributeDefinition {
  const definition = dictionary.byName(name);
  if (definition === undefined) throw new Error(`no attribute ${name}`);
  return definition;
}

async function run([command = '', ...words]: readonly string[], input: string): Promise<void> {
  const child = spawn(command, words, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(input);
  const [said, complaint, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (code !== 0) throw new Error(`${command} ended with exit code ${code}:\n${said}${complaint}`);
}
