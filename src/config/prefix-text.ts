/** Addresses and prefixes as people spell them, and whether two spellings mean one and the same. */
import { BlockList, isIP, SocketAddress } from 'node:net';

/** A prefix taken apart; IPv4-mapped ones (RFC 4291 §2.5.5.2) are IPv4. */
export interface PrefixText {
  readonly family: 'ipv4' | 'ipv6';
  readonly host: string;
  readonly bits: number;
  /** The interface of a link-local address, else empty. */
  readonly zone: string;
}

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/;
const MAPPED_BITS = 96;

/** Returns the parts of `10.0.0.0/8`, `2001:db8::/32` or a single address, or undefined for any other text. */
export function prefixFrom(text: string): PrefixText | undefined {
  const [address = '', bitsText, ...rest] = text.trim().split('/');
  const [host = '', zone = ''] = address.split('%');
  const family = isIP(host) === 4 ? 'ipv4' : 'ipv6';
  const width = family === 'ipv4' ? 32 : 128;
  if (isIP(address) === 0 || rest.length > 0 || (zone !== '' && bitsText !== undefined)) return undefined;
  if (bitsText !== undefined && !/^\d{1,3}$/.test(bitsText)) return undefined;
  const bits = bitsText === undefined ? width : Number(bitsText);
  if (bits > width) return undefined;
  const canonical = new SocketAddress({ address: host, family }).address;
  const mapped = MAPPED.exec(canonical)?.[1];
  if (mapped === undefined) return { family, host: canonical, bits, zone };
  return bits < MAPPED_BITS ? undefined : { family: 'ipv4', host: mapped, bits: bits - MAPPED_BITS, zone };
}

/** Whether two texts name the same addresses: 192.0.2.1, 192.0.2.1/32 and ::ffff:192.0.2.1 do, and 10.1.2.3/8 and 10.0.0.0/8. */
export function isSamePrefix(a: string, b: string): boolean {
  const [one, other] = [prefixFrom(a), prefixFrom(b)];
  if (one === undefined || other === undefined) return false;
  if (one.family !== other.family || one.bits !== other.bits || one.zone !== other.zone) return false;
  const block = new BlockList();
  block.addSubnet(one.host, one.bits, one.family);
  return block.check(other.host, other.family);
}
