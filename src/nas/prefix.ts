/** The one text by which an address or prefix is stored, compared and shown. */
import { SocketAddress } from 'node:net';
import { type Prefix, parsePrefix } from '../radius/address.ts';

/** Returns the canonical text of an address or prefix (host bits cleared, IPv4-mapped ones unmapped, a full-length prefix as an address), or undefined when it is neither. */
export function canonicalPrefix(text: string): string | undefined {
  const prefix = parsePrefix(text.trim());
  if (prefix === undefined) return undefined;
  const address = prefix.family === 4 ? ipv4Text(prefix) : ipv6Text(prefix);
  const zone = prefix.zone === undefined ? '' : `%${prefix.zone}`;
  const isHost = prefix.length === (prefix.family === 4 ? 32 : 128);
  return isHost ? `${address}${zone}` : `${address}/${prefix.length}`;
}

function ipv4Text({ network }: Prefix): string {
  return [24n, 16n, 8n, 0n].map((shift) => (network >> shift) & 255n).join('.');
}

function ipv6Text({ network }: Prefix): string {
  const groups = network.toString(16).padStart(32, '0').match(/.{4}/g) ?? [];
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address;
}
