/** Accounting-Requests as the daemon receives them: bytes, decoded with the NAS of the moment. */
import { join } from 'node:path';
import { createReopen } from '../../src/accounting/reopen.ts';
import type { ReceivedRequest, Submission } from '../../src/accounting/submission.ts';
import type { Nas } from '../../src/nas/nas.ts';
import { loadDictionary, valueNames } from '../../src/radius/dictionary.ts';
import { signedRequest, type TestAttribute } from './packet-builder.ts';
import { EPOCH, testNas } from './records.ts';
import { type Report, reportAttributes } from './session-packets.ts';

const dictionary = loadDictionary(join(import.meta.dirname, '../../dictionaries'));

/** Returns a request received so many seconds after EPOCH. */
export function received(
  atSeconds: number,
  attributes: readonly TestAttribute[],
  extra: Partial<ReceivedRequest> = {},
): ReceivedRequest {
  return {
    sourceAddress: '192.0.2.1',
    sourcePort: 40_000,
    arrivedAt: EPOCH + atSeconds * 1000,
    clockOffsetMs: undefined,
    bytes: signedRequest({ attributes }),
    ...extra,
  };
}

/** Returns an Interim-Update of john's, or what is given, from one station, whose session time is when it is received. */
export function reported(
  atSeconds: number,
  report: Partial<Report>,
  extra: Partial<ReceivedRequest> = {},
): ReceivedRequest {
  const whole: Report = { status: 'interim', user: 'john', sessionId: 'S1', seconds: atSeconds, ...report };
  const attributes = reportAttributes(whole).map(
    (attribute): TestAttribute => (attribute[0] === 31 ? [31, '02-00-00-00-00-01'] : attribute),
  );
  return received(atSeconds, attributes, extra);
}

/** Returns the function that decodes a request as of one NAS. */
export function decodedBy(nas: Partial<Nas> = {}): (request: ReceivedRequest) => Submission {
  return createReopen({ findNas: () => testNas(nas), valueName: valueNames(dictionary) });
}
