/** Whether a request was made by somebody who knows the NAS's secret. */
import { AttributeType } from './attribute-type.ts';
import { checkMessageAuthenticator, isAuthenticAccountingRequest } from './authenticator.ts';
import { Code } from './code.ts';
import type { DiscardReason } from './discard.ts';
import { findAttribute, type Packet } from './packet.ts';

/** What the server must know of a NAS. */
export interface KnownNas {
  readonly name: string;
  /** The current shared secret first, then the previous one while it is rotated. */
  readonly secrets: readonly Buffer[];
  /** Whether an Access-Request without Message-Authenticator is discarded (CVE-2024-3596); default true. */
  readonly requireMessageAuthenticator?: boolean;
}

export type VerifiedRequest =
  | { readonly ok: true; readonly secret: Buffer }
  | { readonly ok: false; readonly reason: DiscardReason };

/**
 * Returns the secret under which a request is authentic: its Message-Authenticator where there is one, and then
 * (RFC 5176 §3.4) an Accounting-Request's Request Authenticator, both under the same secret. An Access-Request that
 * may do without proves nothing, and is taken to be made under the current secret.
 */
export function verifyRequest(packet: Packet, nas: KnownNas): VerifiedRequest {
  let reason: DiscardReason = 'bad-authenticator';
  for (const secret of nas.secrets) {
    const messageAuthenticator = checkMessageAuthenticator(packet, secret);
    if (messageAuthenticator === 'absent' && !isSignedByHeader(packet)) {
      const missing = whyNeeded(packet, nas);
      return missing === undefined ? { ok: true, secret } : { ok: false, reason: missing };
    }
    if (messageAuthenticator === 'invalid') reason = 'bad-message-authenticator';
    else if (isSignedByHeader(packet) && !isAuthenticAccountingRequest(packet, secret)) {
      reason = 'bad-authenticator';
    } else return { ok: true, secret };
  }
  return { ok: false, reason };
}

// RFC 2866 §3: an Accounting-Request's Request Authenticator proves the whole packet. A Status-Server's (RFC 5997 §3)
// and an Access-Request's (RFC 2865 §3) are random, so that a Message-Authenticator alone proves those.
function isSignedByHeader(packet: Packet): boolean {
  return packet.code !== Code.StatusServer && packet.code !== Code.AccessRequest;
}

/** Returns why a request whose authenticator is random cannot do without a Message-Authenticator; undefined where it can. */
function whyNeeded(packet: Packet, nas: KnownNas): DiscardReason | undefined {
  if (packet.code !== Code.AccessRequest) return 'missing-message-authenticator';
  if (findAttribute(packet, AttributeType.EapMessage) >= 0) return 'eap-without-message-authenticator';
  if (nas.requireMessageAuthenticator !== false) return 'missing-message-authenticator';
  // CVE-2024-3596: a forged answer needs an attribute of the attacker's choice in the request that comes back.
  return findAttribute(packet, AttributeType.ProxyState) >= 0
    ? 'proxied-without-message-authenticator'
    : undefined;
}
