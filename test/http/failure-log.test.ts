/** How often failed requests stand in the log. */
import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { FailureLog } from '../../src/http/failure-log.ts';
import { type LogLines, logLines } from '../support/log-lines.ts';

let nowMs: number;
let log: LogLines;
let failures: FailureLog;
const USERS = { method: 'GET', route: '/api/core/users' };
const NAS = { method: 'GET', route: '/api/core/nas' };

beforeEach(() => {
  nowMs = 0;
  log = logLines();
  failures = new FailureLog(log.logger, () => nowMs);
});

describe('failed requests', () => {
  it('are one line a minute, which says how many were left out', () => {
    const busy = new AppError('unavailable', 'more than 1000 queries wait');
    for (let times = 0; times < 1_000; times++) failures.note('warn', busy, times % 2 ? USERS : NAS);
    expect(log.lines).toHaveLength(1);
    nowMs = 59_999;
    failures.note('warn', busy, USERS);
    expect(log.lines).toHaveLength(1);
    nowMs = 60_000;
    failures.note('warn', busy, USERS);
    expect(log.lines).toHaveLength(2);
    expect(log.lines[1]).toMatchObject({ more: 1_000, route: '/api/core/users' });
  });

  it('of another cause have a line of their own', () => {
    failures.note('warn', new AppError('unavailable', 'away'), USERS);
    failures.note('warn', Object.assign(new Error('lost'), { code: 'ECONNRESET' }), USERS);
    expect(log.lines).toHaveLength(2);
  });

  it('that somebody must look at have one for each route', () => {
    for (const request of [USERS, NAS, USERS]) failures.note('error', new TypeError('broken'), request);
    expect(log.lines).toHaveLength(2);
  });
});
