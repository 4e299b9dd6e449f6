/** What an MS-CHAPv2 exchange puts into an Accept or a Reject (RFC 2548 §2.1.5, §2.3.3, §2.4). Pure. */
import { encodeMicrosoft, MICROSOFT_VALUE_BYTES_MAX, MicrosoftType } from './microsoft-attributes.ts';
import { mppeKeys } from './mppe-keys.ts';
import { authenticatorResponse, failureText, type MsChap2Exchange, type MsChap2Response } from './ms-chap.ts';
import type { RequestKeys } from './pap.ts';
import { distinctSalts, saltedValue } from './salted-value.ts';

export interface MsChap2Success {
  readonly sent: MsChap2Response;
  readonly exchange: MsChap2Exchange;
  /** Of the password that was right, 16 bytes. */
  readonly ntHash: Buffer;
  readonly keys: RequestKeys;
  /** 0 to 32767, at random. */
  readonly salt: number;
}

/** RFC 2548 §2.4.4: encryption may be used. */
const ENCRYPTION_ALLOWED = 1;
/** RFC 2548 §2.4.5: 128 bits alone; 40 are no protection. */
const RC4_128_BITS = 4;

/** Returns MS-CHAP2-Success, MS-MPPE-Recv-Key, MS-MPPE-Send-Key and what may be encrypted with them, encoded. */
export function msChap2SuccessAttributes({ sent, exchange, ntHash, keys, salt }: MsChap2Success): Buffer[] {
  const proof = authenticatorResponse(exchange, ntHash, sent.ntResponse);
  const { send, receive } = mppeKeys(ntHash, sent.ntResponse);
  const [first, second] = distinctSalts(salt);
  return [
    encodeMicrosoft(MicrosoftType.MsChap2Success, identified(sent.identifier, proof)),
    encodeMicrosoft(MicrosoftType.MsMppeRecvKey, saltedValue(receive, first, keys)),
    encodeMicrosoft(MicrosoftType.MsMppeSendKey, saltedValue(send, second, keys)),
    encodeMicrosoft(MicrosoftType.MsMppeEncryptionPolicy, Buffer.of(0, 0, 0, ENCRYPTION_ALLOWED)),
    encodeMicrosoft(MicrosoftType.MsMppeEncryptionTypes, Buffer.of(0, 0, 0, RC4_128_BITS)),
  ];
}

/** Returns MS-CHAP-Error, encoded, for the exchange with this identifier; `challenge` is a new one of 16 bytes. */
export function msChap2ErrorAttribute(
  identifier: number,
  challenge: Buffer,
  options: FailureOptions = {},
): Buffer {
  const { code = FailureCode.WrongPassword, message = 'Authentication failed' } = options;
  const value = identified(identifier, failureText({ code, challenge, message }));
  return encodeMicrosoft(MicrosoftType.MsChapError, value.subarray(0, fittingLength(value)));
}

/** As much as fits without half of a character of UTF-8. */
function fittingLength(value: Buffer): number {
  let end = Math.min(value.length, MICROSOFT_VALUE_BYTES_MAX);
  while (end < value.length && ((value[end] ?? 0) & 0xc0) === 0x80) end--;
  return end;
}

/** RFC 2759 §6. */
export const FailureCode = { AccountDisabled: 647, NoDialInPermission: 649, WrongPassword: 691 } as const;

export interface FailureOptions {
  readonly code?: number;
  /** For the person; what does not fit is cut off. */
  readonly message?: string;
}

function identified(identifier: number, text: string): Buffer {
  return Buffer.concat([Buffer.of(identifier), Buffer.from(text)]);
}
