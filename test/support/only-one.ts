/** Commands given at the same time of which one may take place. */
import { expect } from 'vitest';
import type { AppError } from '../../src/errors.ts';

/** Expects that one of them takes place and all others are refused with this code. */
export async function onlyOne(
  commands: readonly Promise<unknown>[],
  refusal: AppError['code'],
): Promise<void> {
  const outcomes = await Promise.allSettled(commands);
  const told = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'done' : outcome.reason.code));
  expect(told.sort()).toEqual(['done', ...commands.slice(1).map(() => refusal)].sort());
}
