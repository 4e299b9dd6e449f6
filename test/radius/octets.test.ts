import { describe, expect, it } from 'vitest';
import { octetsFrom, octetsToBytes, octetsToDisplay } from '../../src/radius/octets.ts';

describe('octets', () => {
  it('keep every one of the 256 values', () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, octet) => octet));
    const octets = octetsFrom(bytes);
    expect(octets).toHaveLength(256);
    expect(octetsToBytes(octets).equals(bytes)).toBe(true);
  });

  it('are read from a part of a buffer', () => {
    expect(octetsFrom(Buffer.from('abcdef'), 2, 4)).toBe('cd');
  });
});

describe('octetsToDisplay', () => {
  it.each([
    ['plain text', 'john', 'john'],
    ['UTF-8', Buffer.from('Étudiant').toString('latin1'), 'Étudiant'],
    ['invalid UTF-8', 'caf\xe9', '0x636166e9'],
    ['an overlong form', '\xc0\x80', '0xc080'],
    ['NUL', '\0\0\0\0', '0x00000000'],
    ['a line break', 'a\nb', '0x610a62'],
    ['an escape sequence', '\x1b[2J', '0x1b5b324a'],
    ['a C1 control character', '\xc2\x9b', '0xc29b'],
    ['a bidirectional override', Buffer.from('a\u202eb').toString('latin1'), '0x61e280ae62'],
    ['nothing', '', ''],
  ])('shows %s', (_name, octets, shown) => {
    expect(octetsToDisplay(octets)).toBe(shown);
  });
});
