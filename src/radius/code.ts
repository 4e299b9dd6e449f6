/** RADIUS packet codes (RFC 2865 §4, RFC 2866 §4, RFC 5176 §3, RFC 5997 §4). */

export const Code = {
  AccessRequest: 1,
  AccessAccept: 2,
  AccessReject: 3,
  AccountingRequest: 4,
  AccountingResponse: 5,
  AccessChallenge: 11,
  StatusServer: 12,
  StatusClient: 13,
  DisconnectRequest: 40,
  DisconnectAck: 41,
  DisconnectNak: 42,
  CoaRequest: 43,
  CoaAck: 44,
  CoaNak: 45,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map([
  [Code.AccessRequest, 'Access-Request'],
  [Code.AccessAccept, 'Access-Accept'],
  [Code.AccessReject, 'Access-Reject'],
  [Code.AccountingRequest, 'Accounting-Request'],
  [Code.AccountingResponse, 'Accounting-Response'],
  [Code.AccessChallenge, 'Access-Challenge'],
  [Code.StatusServer, 'Status-Server'],
  [Code.StatusClient, 'Status-Client'],
  [Code.DisconnectRequest, 'Disconnect-Request'],
  [Code.DisconnectAck, 'Disconnect-ACK'],
  [Code.DisconnectNak, 'Disconnect-NAK'],
  [Code.CoaRequest, 'CoA-Request'],
  [Code.CoaAck, 'CoA-ACK'],
  [Code.CoaNak, 'CoA-NAK'],
]);

/** Returns the RFC's name of a code, or `Code-N` for one that is not known here. */
export function codeName(code: number): string {
  return NAMES.get(code) ?? `Code-${code}`;
}
