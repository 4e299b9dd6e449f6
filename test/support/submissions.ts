/** Requests on their way into the database, and what became of each. */
import type { DecodeResult } from '../../src/accounting/decode.ts';
import type { AccountingRecord } from '../../src/accounting/record.ts';
import type { PendingRequest, ReceivedRequest, Submission } from '../../src/accounting/submission.ts';
import { EPOCH, sessionRecord } from './records.ts';

export interface TestSubmission extends PendingRequest {
  /** What the NAS heard. */
  answer(): 'none' | 'acknowledged' | 'abandoned';
}

/** What each submission's bytes stand for. */
const decodedByBytes = new Map<string, DecodeResult>();

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
  const result: DecodeResult = 'ok' in decoded ? decoded : { ok: true, record: decoded, anomalies: [] };
  const bytes = Buffer.from(`request ${decodedByBytes.size}`);
  decodedByBytes.set(bytes.toString(), result);
  return {
    decoded: result,
    nasName: 'ap1',
    sourceAddress: '192.0.2.1',
    sourcePort: 40_000,
    arrivedAt: EPOCH,
    clockOffsetMs: undefined,
    bytes,
    acknowledge: give('acknowledged'),
    abandon: give('abandoned'),
    answer: () => answer,
  };
}

/** Decodes what a spool kept of a submission of this file. */
export function reopenSubmission(received: ReceivedRequest): Submission {
  const decoded = decodedByBytes.get(received.bytes.toString());
  if (decoded === undefined) throw new Error(`nobody made the submission "${received.bytes}"`);
  return { ...received, decoded, nasName: 'ap1' };
}
