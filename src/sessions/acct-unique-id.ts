/** `radacct.acctuniqueid`: what other programs know one run by. */
import { hash } from 'node:crypto';
import { type Octets, octetsToBytes } from '../radius/octets.ts';

/** Returns 32 hexadecimal digits, the MD5 of a run's key and number. */
export function acctUniqueId(runKey: Octets, runNumber: number): string {
  return hash('md5', Buffer.concat([octetsToBytes(runKey), Buffer.from(String(runNumber))]), 'hex');
}
