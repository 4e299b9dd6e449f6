/** An authentic Accounting-Request on its way into the database. */
import type { DecodeResult } from './decode.ts';

/** A request as it was received: all that is needed to decide it again later, by the same clock. */
export interface ReceivedRequest {
  readonly sourceAddress: string;
  readonly sourcePort: number;
  /** First reception, epoch milliseconds. */
  readonly arrivedAt: number;
  /** What was added to the NAS's clock when the request was first decoded, in milliseconds; undefined where it carries no Event-Timestamp. */
  readonly clockOffsetMs: number | undefined;
  readonly bytes: Buffer;
}

/** A request and what it means. */
export interface Submission extends ReceivedRequest {
  readonly decoded: DecodeResult;
  readonly nasName: string;
}

/** A request that waits for its answer; one of the two is called, once. */
export interface PendingRequest extends Submission {
  /** Sends the Accounting-Response; only when the request is durable (RFC 2866 §2). */
  acknowledge(): void;
  /** Leaves the request unanswered and forgets it, so that its retransmission is taken as new. */
  abandon(): void;
}
