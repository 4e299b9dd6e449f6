/** Accounting-Requests of one user connection, as an access point would send them. */
import { signedRequest, type TestAttribute } from './packet-builder.ts';

/** Acct-Status-Type (RFC 2866 §5.1). */
const STATUS = { start: 1, stop: 2, interim: 3 } as const;

/** What the access point reports at one moment. */
export interface Report {
  readonly status: keyof typeof STATUS;
  readonly user: string;
  readonly sessionId: string;
  /** Acct-Session-Time. */
  readonly seconds?: number;
  readonly inputOctets?: number;
  readonly outputOctets?: number;
  /** Event-Timestamp, epoch milliseconds; left out, the event is its arrival. */
  readonly eventAt?: number;
}

/** Returns the attributes of a report. */
export function reportAttributes(report: Report): TestAttribute[] {
  const { status, user, sessionId, seconds = 0, inputOctets = 0, outputOctets = 0, eventAt } = report;
  return [
    [40, STATUS[status]],
    [44, sessionId],
    [1, user],
    [32, 'hall'],
    [31, `02-00-00-00-00-${user}`],
    [46, seconds],
    [42, inputOctets % 2 ** 32],
    [43, outputOctets % 2 ** 32],
    [52, Math.floor(inputOctets / 2 ** 32)],
    [53, Math.floor(outputOctets / 2 ** 32)],
    ...(eventAt === undefined ? [] : [[55, Math.floor(eventAt / 1000)] as const]),
  ];
}

/** Returns the signed request of a report. */
export function reportRequest(report: Report, identifier = 1): Buffer {
  return signedRequest({ identifier, attributes: reportAttributes(report) });
}
