/** Mutations that know nothing of RADIUS but where a packet keeps its lengths. */
import { attributeStarts } from './loose-packet.ts';
import type { Random } from './random.ts';

/** Returns mutated bytes, never those it was given. */
export type ByteMutation = (bytes: Buffer, random: Random) => Buffer;

function flipBits(bytes: Buffer, random: Random): Buffer {
  return changed(bytes, (copy) => {
    for (let flips = 1 + random.below(8); flips > 0; flips--) {
      const at = random.below(copy.length);
      copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
    }
  });
}

function setBytes(bytes: Buffer, random: Random): Buffer {
  return changed(bytes, (copy) => {
    const at = random.below(copy.length);
    const end = Math.min(copy.length, at + 1 + random.below(random.chance(0.2) ? 32 : 4));
    copy.fill(random.pick([0, 1, 2, 0x7f, 0x80, 0xff, random.below(256)]), at, end);
  });
}

function truncate(bytes: Buffer, random: Random): Buffer {
  return Buffer.from(bytes.subarray(0, random.below(bytes.length + 1)));
}

function extend(bytes: Buffer, random: Random): Buffer {
  return Buffer.concat([bytes, random.bytes(1 + random.below(random.chance(0.02) ? 5000 : 40))]);
}

function insert(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.below(4)), bytes.subarray(at)]);
}

function cutOut(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(6))]);
}

function lieAboutLength(bytes: Buffer, random: Random): Buffer {
  return changed(bytes, (copy) => {
    if (copy.length < 4) return;
    const near = copy.length + random.below(9) - 4;
    const lie = random.pick([near, near, 0, 19, 20, 21, 4095, 4096, 4097, 65535, random.below(65536)]);
    copy.writeUInt16BE(lie & 0xffff, 2);
  });
}

function lieAboutAttributeLength(bytes: Buffer, random: Random): Buffer {
  const starts = attributeStarts(bytes);
  return changed(bytes, (copy) => {
    if (starts.length === 0) return;
    const at = random.pick(starts);
    const near = (copy[at + 1] ?? 0) + random.below(7) - 3;
    copy[at + 1] = random.pick([near, near, 0, 1, 2, 3, 255, random.below(256)]);
  });
}

// The octets of one 32-bit field anywhere: a length, a vendor, a number.
function setWord(bytes: Buffer, random: Random): Buffer {
  return changed(bytes, (copy) => {
    if (copy.length < 24) return;
    copy.writeUInt32BE(
      random.pick([0, 1, 0x7fffffff, 0x80000000, 0xffffffff, random.uint32()]),
      20 + random.below(copy.length - 23),
    );
  });
}

/** Every one of them is as likely as the others. */
export const BYTE_MUTATIONS: readonly ByteMutation[] = [
  flipBits,
  setBytes,
  truncate,
  extend,
  insert,
  cutOut,
  lieAboutLength,
  lieAboutAttributeLength,
  setWord,
];

function changed(bytes: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) change(copy);
  return copy;
}
