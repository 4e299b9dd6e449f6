import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checkMessageAuthenticator,
  isAuthenticAccountingRequest,
  isAuthenticResponse,
} from '../../src/radius/authenticator.ts';
import { Code } from '../../src/radius/code.ts';
import { describePacket } from '../../src/radius/describe.ts';
import { loadDictionary } from '../../src/radius/dictionary.ts';
import { type Packet, parsePacket } from '../../src/radius/packet.ts';
import { packetOf } from '../support/packet-builder.ts';

const DIRECTORY = join(import.meta.dirname, '../vectors');
const dictionary = loadDictionary(join(import.meta.dirname, '../../dictionaries'));

/** What the commands of one file have come to; the heads of rfc2865.txt and errors.txt say what each means. */
class VectorReader {
  secret = Buffer.alloc(0);
  packet: Packet | undefined;
  previous: Packet | undefined;
  result = '';

  run(command: string, argument: string): void {
    switch (command) {
      case 'secret':
        this.secret = Buffer.from(argument);
        return;
      case 'decode-packet':
        this.previous = this.packet;
        this.packet = packetOf(Buffer.from(argument.replaceAll(' ', ''), 'hex'));
        this.result = packetText(this.packet);
        return;
      case 'decode-error': {
        const parsed = parsePacket(Buffer.from(argument.replaceAll(' ', ''), 'hex'));
        this.result = parsed.ok ? packetText(parsed.packet) : parsed.reason;
        return;
      }
      case 'encode-attribute': {
        const [name = '', value = ''] = argument.split(' = ');
        this.result = dictionary
          .encodeAttribute(name, value)
          .toString('hex')
          .replace(/..(?!$)/g, '$& ');
        return;
      }
      case 'authentic':
        expect(this.packet && isAuthentic(this.packet, this.secret)).toBe(true);
        return;
      case 'answers':
        expect(
          this.packet &&
            this.previous &&
            isAuthenticResponse(this.packet, this.previous.authenticator, this.secret),
        ).toBe(true);
        return;
      case 'match':
        expect(this.result).toBe(argument);
        return;
      default:
        throw new Error(`unknown command ${command}`);
    }
  }
}

function isAuthentic(packet: Packet, secret: Buffer): boolean {
  const state = checkMessageAuthenticator(packet, secret);
  if (packet.code === Code.StatusServer) return state === 'valid';
  return state !== 'invalid' && isAuthenticAccountingRequest(packet, secret);
}

function packetText(packet: Packet): string {
  const { code, identifier, attributes } = describePacket(packet, dictionary);
  return [`${code} ${identifier}`, ...attributes.map(({ name, value }) => `${name} = ${value}`)].join(', ');
}

describe.each(readdirSync(DIRECTORY).filter((name) => name.endsWith('.txt')))('vectors/%s', (file) => {
  const reader = new VectorReader();
  const lines = readFileSync(join(DIRECTORY, file), 'utf8').split('\n');
  const commands = lines
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => /^[a-z]/.test(line));

  it.each(commands)('line $number: $line', ({ line }) => {
    const [command = ''] = line.split(' ', 1);
    reader.run(command, line.slice(command.length + 1));
  });
});
