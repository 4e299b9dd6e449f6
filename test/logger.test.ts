import { expect, it } from 'vitest';
import { shortError } from '../src/logger.ts';

it('keeps of an error what tells the fault, and nothing a driver hangs on it', () => {
  const cause = new Error('the cause');
  const error = Object.assign(new Error('x'.repeat(5_000), { cause }), {
    code: 'ER_DUP_ENTRY',
    sql: "INSERT INTO nas VALUES ('s3cret')",
    parameters: ['s3cret'],
  });
  const kept = shortError(error);
  expect(kept).toMatchObject({ type: 'Error', message: 'x'.repeat(1_000), code: 'ER_DUP_ENTRY' });
  expect(kept).toMatchObject({
    cause: { message: 'the cause' },
    stack: expect.stringContaining('logger.test.ts'),
  });
  expect(JSON.stringify(kept)).not.toContain('s3cret');
  expect(JSON.stringify(kept).length).toBeLessThan(10_000);
});

it('writes down what is thrown without being an error', () => {
  expect(shortError('just words')).toBe('just words');
});
