/** What is mutated: every packet of test/vectors, and what is called no packet there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DIRECTORY = join(import.meta.dirname, '../vectors');

export interface SeedPacket {
  readonly bytes: Buffer;
  /** The secret in force where it stands. */
  readonly secret: Buffer;
}

/** Returns the packets in the order of the files. */
export function readSeedPackets(): readonly SeedPacket[] {
  return readdirSync(DIRECTORY)
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .flatMap((name) => packetsOf(readFileSync(join(DIRECTORY, name), 'utf8')));
}

function packetsOf(text: string): SeedPacket[] {
  let secret = Buffer.alloc(0);
  return text.split('\n').flatMap((line) => {
    const [, command, argument = ''] = /^(secret|decode-packet|decode-error) (.*)$/.exec(line) ?? [];
    if (command === 'secret') secret = Buffer.from(argument);
    return command?.startsWith('decode-')
      ? [{ bytes: Buffer.from(argument.replaceAll(' ', ''), 'hex'), secret }]
      : [];
  });
}
