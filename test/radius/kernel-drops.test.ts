/** Reading the kernel's count of datagrams it dropped. */
import { expect, it } from 'vitest';
import { droppedIn, kernelDrops } from '../../src/radius/kernel-drops.ts';

const TABLE = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  290: 0100007F:0715 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 17341 2 0000000000000000 12
  291: 0200007F:0715 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 17342 2 0000000000000000 30
  292: 0100007F:0716 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 17343 2 0000000000000000 500
`;

it('adds up the drops of every socket on our ports and of no other', () => {
  expect(droppedIn(TABLE, new Set([1813]))).toBe(42);
});

it('counts nothing where there is no socket of ours', () => {
  expect(droppedIn(TABLE, new Set([1]))).toBe(0);
  expect(droppedIn('', new Set([1813]))).toBe(0);
  expect(kernelDrops(new Set([0]))).toBe(0);
});
