/** Where a request comes from, as far as that can be believed. */

import { BlockList, isIP, isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { canonicalPrefix } from '../nas/prefix.ts';

/** What one household or host is given at least (RFC 6177 §2): whoever has one address of it has them all. */
const IPV6_SITE_BITS = 64;

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Returns the address of whoever sent a request: the peer's, or what a trusted proxy says; never text that is no address. */
export function addressOf(request: FastifyRequest): string {
  // A trusted proxy may pass on what somebody else wrote.
  const said = request.ip;
  const address = isIP(said) === 0 ? (request.socket.remoteAddress ?? '') : said;
  return canonicalPrefix(address) ?? 'unknown';
}

/** Returns how a request was sent: as a trusted proxy says, else as it came to this server. */
export function schemeOf(request: FastifyRequest): 'http' | 'https' {
  // A trusted proxy may pass on what somebody else wrote.
  const said = request.protocol.toLowerCase();
  if (said === 'http' || said === 'https') return said;
  return 'encrypted' in request.socket && request.socket.encrypted === true ? 'https' : 'http';
}

/** Returns what attempts from an address are counted under: the address, or the network that an IPv6 address surely has to itself. */
export function siteOf(address: string): string {
  return isIPv6(address) ? (canonicalPrefix(`${address}/${IPV6_SITE_BITS}`) ?? address) : address;
}

/** Whether an address is of this machine alone. */
export function isLoopback(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && LOOPBACK.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
