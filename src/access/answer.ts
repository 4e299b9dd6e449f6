/** What a login is answered with: code, attributes, and the reason that is kept of it. Pure but for the challenge of an MS-CHAP-Error. */
import { randomBytes } from 'node:crypto';
import { AttributeType } from '../radius/attribute-type.ts';
import { Code } from '../radius/code.ts';
import type { Dictionary } from '../radius/dictionary.ts';
import { type Octets, octetsToBytes } from '../radius/octets.ts';
import { ATTRIBUTE_HEADER_LENGTH, findAttribute, octetAt, type Packet } from '../radius/packet.ts';
import type { ReasonCode, Verdict } from '../usage/verdict.ts';
import { type Language, verdictSentence } from '../usage/verdict-texts.ts';
import type { Vendor } from '../vendors/vendor.ts';
import type { CheckOutcome } from './credential-checks.ts';
import type { CheckableCredentials, SentCredentials } from './credentials.ts';
import type { AccessDecision } from './decide-access.ts';
import { FailureCode, msChap2ErrorAttribute } from './ms-chap-attributes.ts';
import { replyMessages, wrongCredentialsText } from './reply-message.ts';

export interface AccessAnswer {
  readonly code: typeof Code.AccessAccept | typeof Code.AccessReject;
  /** Encoded. */
  readonly attributes: Buffer;
  /** Why, in the words of `radpostauth.reason`; null where there is nothing to say of an Accept. */
  readonly reason: string | null;
  readonly classToken: Octets | undefined;
}

/** How people and NASes are spoken to. */
export interface AnswerWords {
  readonly dictionary: Dictionary;
  readonly language: Language;
  /** IANA name of the zone instants are told in. */
  readonly timezone: string;
}

type Accepted = Extract<AccessDecision, { kind: 'accepted' }>;
type Refused = Extract<AccessDecision, { kind: 'refused' }>;

/** Returns the Access-Accept: the limits in the NAS's own language, our Class, and what the credentials' method asks for. */
export function acceptAnswer(
  { explanation, limits, classToken }: Accepted,
  { vendor, proof, words }: { vendor: Vendor; proof: readonly Buffer[]; words: AnswerWords },
): AccessAnswer {
  const { dictionary } = words;
  const attributes = [
    ...vendor.limitAttributes(limits).map(([name, value]) => dictionary.encodeAttribute(name, value)),
    dictionary.encodeAttribute('Class', octetsToBytes(classToken)),
    ...proof,
  ];
  return {
    code: Code.AccessAccept,
    attributes: Buffer.concat(attributes),
    reason: reasonsText(explanation.verdict),
    classToken,
  };
}

/** Returns the Access-Reject of somebody who is who they say, with the reason for people. */
export function refusedAnswer(
  { explanation }: Refused,
  { sent, words }: { sent: SentCredentials; words: AnswerWords },
): AccessAnswer {
  const { verdict, username } = explanation;
  const text = verdictSentence(verdict, { username, ...words });
  const error =
    sent.kind === 'ms-chap-v2'
      ? [
          msChap2ErrorAttribute(sent.identifier, randomBytes(16), {
            code: failureCode(verdict),
            message: text,
          }),
        ]
      : [];
  return rejectAnswer(text, { reason: reasonsText(verdict) ?? 'refused', words, extra: error });
}

/** Returns the Access-Reject of somebody who is not who they say, or says it in a way nobody here understands: for the outside all the same. */
export function strangerAnswer(
  reason: string,
  { packet, extra = [], words }: { packet: Packet; extra?: readonly Buffer[]; words: AnswerWords },
): AccessAnswer {
  const text = wrongCredentialsText(words.language);
  return rejectAnswer(text, { reason, words, extra: [...extra, ...eapFailure(packet)] });
}

/** Returns why a check did not prove a user, in the words of `radpostauth.reason`. */
export function unprovenReason(
  outcome: Exclude<CheckOutcome, { outcome: 'right' | 'busy' }> | { readonly outcome: 'right' },
  isKnown: boolean,
): string {
  if (!isKnown) return 'unknown_user';
  return outcome.outcome === 'no-stored-secret'
    ? `no_stored_secret_${outcome.lack.replaceAll('-', '_')}`
    : 'wrong_password';
}

/** Returns credentials that can be checked, or why they cannot, in the words of `radpostauth.reason`. */
export function checkable(
  sent: SentCredentials,
):
  | { readonly ok: true; readonly sent: CheckableCredentials }
  | { readonly ok: false; readonly reason: string } {
  switch (sent.kind) {
    case 'none':
      return { ok: false, reason: 'no_credentials' };
    case 'unsupported':
      return { ok: false, reason: `unsupported_${sent.method.replaceAll('-', '_')}` };
    case 'malformed':
      return { ok: false, reason: `malformed_${sent.reason.replaceAll('-', '_')}` };
    default:
      return { ok: true, sent };
  }
}

function rejectAnswer(
  text: string,
  { reason, words, extra }: { reason: string; words: AnswerWords; extra: readonly Buffer[] },
): AccessAnswer {
  const messages = replyMessages(text).map((value) =>
    words.dictionary.encodeAttribute('Reply-Message', value),
  );
  return {
    code: Code.AccessReject,
    attributes: Buffer.concat([...messages, ...extra]),
    reason,
    classToken: undefined,
  };
}

function reasonsText({ reasons }: Verdict): string | null {
  return reasons.length === 0 ? null : reasons.map(({ code }) => code).join(',');
}

const SWITCHED_OFF: ReadonlySet<ReasonCode> = new Set(['disabled', 'radius_disabled']);

/** RFC 2759 §6. */
function failureCode({ reasons }: Verdict): number {
  const isDisabled = reasons.some(({ code }) => SWITCHED_OFF.has(code));
  return isDisabled ? FailureCode.AccountDisabled : FailureCode.NoDialInPermission;
}

// RFC 3748 §4.2.
const EAP_FAILURE = 4;
const EAP_FAILURE_LENGTH = 4;

/** RFC 3579 §2.6.3: a Reject to EAP carries an EAP-Failure, by the identifier of what it answers. */
function eapFailure(packet: Packet): Buffer[] {
  const { bytes } = packet;
  const at = findAttribute(packet, AttributeType.EapMessage);
  if (at < 0 || octetAt(bytes, at + 1) < ATTRIBUTE_HEADER_LENGTH + EAP_FAILURE_LENGTH) return [];
  const identifier = octetAt(bytes, at + ATTRIBUTE_HEADER_LENGTH + 1);
  const value = Buffer.of(EAP_FAILURE, identifier, 0, EAP_FAILURE_LENGTH);
  const header = Buffer.of(AttributeType.EapMessage, ATTRIBUTE_HEADER_LENGTH + value.length);
  return [Buffer.concat([header, value])];
}
