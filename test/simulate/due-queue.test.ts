import { expect, it } from 'vitest';
import { DueQueue } from '../../src/simulate/due-queue.ts';
import { seededRandom, wholeBetween } from '../../src/simulate/random.ts';

it('takes what is due in the order it is due, and nothing that is not', () => {
  const random = seededRandom(3);
  const queue = new DueQueue<number>();
  const dues = Array.from({ length: 500 }, () => wholeBetween(random, 0, 1_000));
  for (const due of dues) queue.add(due, due);
  const taken: number[] = [];
  for (let due = queue.take(700); due !== undefined; due = queue.take(700)) taken.push(due);
  const expected = dues.filter((due) => due <= 700).sort((a, b) => a - b);
  expect(taken).toEqual(expected);
  expect(queue.size).toBe(500 - expected.length);
});
