/** The keys of MPPE that come of an MS-CHAPv2 exchange (RFC 3079 §3). Pure. */
import { hash } from 'node:crypto';
import { md4 } from '../sign-in/md4.ts';

/** Keys of 128 bits: 16 bytes each. `send` is what the NAS encrypts with towards the peer. */
export interface MppeKeys {
  readonly send: Buffer;
  readonly receive: Buffer;
}

const KEY_BYTES = 16;
const MASTER_MAGIC = Buffer.from('This is the MPPE Master Key');
const TO_PEER_MAGIC = Buffer.from(
  'On the client side, this is the receive key; on the server side, it is the send key.',
);
const FROM_PEER_MAGIC = Buffer.from(
  'On the client side, this is the send key; on the server side, it is the receive key.',
);
/** RFC 3079 §3.4: SHSpad1 and SHSpad2. */
const PAD_1 = Buffer.alloc(40, 0x00);
const PAD_2 = Buffer.alloc(40, 0xf2);

/** Returns the keys of a server (RFC 3079 §3.4: MasterSendKey and MasterReceiveKey with IsServer) for a right NT-Response. */
export function mppeKeys(ntHash: Buffer, ntResponse: Buffer): MppeKeys {
  const master = masterKey(ntHash, ntResponse);
  return { send: startKey(master, TO_PEER_MAGIC), receive: startKey(master, FROM_PEER_MAGIC) };
}

/** Returns GetMasterKey of RFC 3079 §3.4, 16 bytes. */
export function masterKey(ntHash: Buffer, ntResponse: Buffer): Buffer {
  return hash('sha1', Buffer.concat([md4(ntHash), ntResponse, MASTER_MAGIC]), 'buffer').subarray(
    0,
    KEY_BYTES,
  );
}

/** GetAsymmetricStartKey of RFC 3079 §3.4. */
function startKey(master: Buffer, magic: Buffer): Buffer {
  return hash('sha1', Buffer.concat([master, PAD_1, magic, PAD_2]), 'buffer').subarray(0, KEY_BYTES);
}
