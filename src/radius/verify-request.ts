/** Whether a request was made by somebody who knows the NAS's secret. */
import { checkMessageAuthenticator, isAuthenticAccountingRequest } from './authenticator.ts';
import { Code } from './code.ts';
import type { DiscardReason } from './discard.ts';
import type { Packet } from './packet.ts';

/** What the server must know of a NAS. */
export interface KnownNas {
  readonly name: string;
  /** The current shared secret first, then the previous one while it is rotated. */
  readonly secrets: readonly Buffer[];
}

export type VerifiedRequest =
  | { readonly ok: true; readonly secret: Buffer }
  | { readonly ok: false; readonly reason: DiscardReason };

/**
 * Returns the secret under which an Accounting-Request or Status-Server is authentic: its Message-Authenticator where
 * there is one, and then (RFC 5176 §3.4) an Accounting-Request's Request Authenticator, both under the same secret.
 */
export function verifyRequest(packet: Packet, nas: KnownNas): VerifiedRequest {
  let reason: DiscardReason = 'bad-authenticator';
  for (const secret of nas.secrets) {
    const messageAuthenticator = checkMessageAuthenticator(packet, secret);
    if (messageAuthenticator === 'absent' && !isSignedByHeader(packet)) {
      return { ok: false, reason: 'missing-message-authenticator' };
    }
    if (messageAuthenticator === 'invalid') reason = 'bad-message-authenticator';
    else if (isSignedByHeader(packet) && !isAuthenticAccountingRequest(packet, secret)) {
      reason = 'bad-authenticator';
    } else return { ok: true, secret };
  }
  return { ok: false, reason };
}

// RFC 2866 §3: an Accounting-Request's Request Authenticator proves the whole packet. RFC 5997 §3: a Status-Server's
// is random, so that its Message-Authenticator alone proves it.
function isSignedByHeader(packet: Packet): boolean {
  return packet.code !== Code.StatusServer;
}
