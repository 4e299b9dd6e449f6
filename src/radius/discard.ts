/** Why a datagram is discarded without an answer. */
import type { MalformedReason } from './packet.ts';

export type DiscardReason =
  | MalformedReason
  | 'unknown-nas'
  /** Nothing can be sent to UDP port 0, so whoever claims to be there wants no answer. */
  | 'source-port-zero'
  | 'unknown-code'
  | 'missing-message-authenticator'
  /** EAP without it (RFC 3579 §3.1), whatever the NAS's entry says. */
  | 'eap-without-message-authenticator'
  /** A proxied Access-Request without it, from a NAS that need not send it (CVE-2024-3596). */
  | 'proxied-without-message-authenticator'
  | 'bad-message-authenticator'
  | 'bad-authenticator'
  /** The same request is being recorded or decided; its answer follows. */
  | 'duplicate-in-progress'
  /** A Status-Server while nothing could be made durable, or no login decided. */
  | 'not-ready'
  /** It came while the server was stopping. */
  | 'stopping'
  /** A fault of ours; it is in the log. */
  | 'internal-error';

/** A discarded datagram: where it came from, and the NAS if that address is known. */
export interface Discard<N> {
  readonly reason: DiscardReason;
  readonly address: string;
  readonly port: number;
  readonly nas?: N;
}
