/** Which errors are the database's absence, a 503, and which are ours, a 500. */
import { expect, it } from 'vitest';
import { errorAnswer } from '../../src/http/error-answers.ts';

const withFields = (fields: object) => Object.assign(new Error('inner words'), fields);

it.each([
  { code: 'ECONNREFUSED' },
  { code: 'ETIMEDOUT' },
  { code: 'PROTOCOL_CONNECTION_LOST' },
  { code: 'ER_LOCK_WAIT_TIMEOUT' },
  { code: 'ER_OPTION_PREVENTS_STATEMENT' },
  { code: 'SQLITE_BUSY_SNAPSHOT' },
  { code: 'SQLITE_READONLY' },
  { name: 'KnexTimeoutError' },
  { fatal: true },
])('%j says that the database cannot be asked now', (fields) => {
  expect(errorAnswer(withFields(fields))).toEqual({
    status: 503,
    body: { detail: 'Service unavailable' },
    severity: 'warn',
  });
});

it.each([
  { code: 'ER_PARSE_ERROR' },
  { code: 'ER_NO_SUCH_TABLE' },
  { code: 'SQLITE_ERROR' },
  { code: 'SQLITE_CONSTRAINT_UNIQUE' },
  { fatal: false },
  {},
])('%j is a fault of ours', (fields) => {
  expect(errorAnswer(withFields(fields))).toEqual({
    status: 500,
    body: { detail: 'Internal error' },
    severity: 'error',
  });
});
