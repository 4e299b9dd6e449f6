/** Requests on their way into the database, and what became of each. */
import type { DecodeResult } from '../../src/accounting/decode.ts';
import type { AccountingRecord } from '../../src/accounting/record.ts';
import type { PendingRequest } from '../../src/accounting/submission.ts';
import { EPOCH, sessionRecord } from './records.ts';

export interface TestSubmission extends PendingRequest {
  /** What the NAS heard. */
  answer(): 'none' | 'acknowledged' | 'abandoned';
}

/** Returns the submission of a record, or of what decoding gave; an answer given twice throws. */
export function submissionOf(
  decoded: AccountingRecord | DecodeResult = sessionRecord({ at: 0 }),
  onAnswer: () => void = () => undefined,
): TestSubmission {
  let answer: ReturnType<TestSubmission['answer']> = 'none';
  const give = (given: typeof answer) => () => {
    if (answer !== 'none') throw new Error(`${given} after ${answer}`);
    answer = given;
    onAnswer();
  };
  return {
    decoded: 'ok' in decoded ? decoded : { ok: true, record: decoded, anomalies: [] },
    nasName: 'ap1',
    sourceAddress: '192.0.2.1',
    sourcePort: 40_000,
    arrivedAt: EPOCH,
    clockOffsetMs: undefined,
    bytes: Buffer.from([4, 1, 0, 20]),
    acknowledge: give('acknowledged'),
    abandon: give('abandoned'),
    answer: () => answer,
  };
}
