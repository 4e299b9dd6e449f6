/** IP addresses and prefixes as NAS lists use them: reading, unmapping, and the longest prefix that holds an address. */
import { isIPv4, isIPv6 } from 'node:net';

export interface Prefix {
  readonly family: 4 | 6;
  /** The network's bits as one number, host bits zero. */
  readonly network: bigint;
  /** The prefix length in bits, 0 to 32 or 128. */
  readonly length: number;
  /** The interface of a link-local host as `fe80::1%eth0` names it. */
  readonly zone?: string;
}

const FAMILY_BITS = { 4: 32, 6: 128 } as const;

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** Returns the IPv4 address of an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2), any other text unchanged. */
export function unmapIpv4(address: string): string {
  if (!address.includes(':')) return address;
  const dotted = MAPPED.exec(address)?.[1];
  if (dotted !== undefined && isIPv4(dotted)) return dotted;
  const host = parseHost(address);
  return host?.family === 4 ? ipv4Text(host.network) : address;
}

/** Returns the 4 or 16 bytes of an address without zone, or undefined for any other text. */
export function addressToBytes(address: string): Buffer | undefined {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  if (address.includes('%') || !isIPv6(address)) return undefined;
  return Buffer.from(ipv6Bits(address).toString(16).padStart(32, '0'), 'hex');
}

/** Returns the prefix that `10.0.0.0/8`, `2001:db8::/32` or a single host address names, host bits cleared, or undefined. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return parseHost(text);

  const lengthText = text.slice(slash + 1);
  const written = parseAddress(text.slice(0, slash));
  if (written === undefined || written.zone !== undefined || !/^\d{1,3}$/.test(lengthText)) return undefined;
  if (Number(lengthText) > written.length) return undefined;

  const mapped = unmapped(written);
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8: the 96 bits before the IPv4 address are part of the written length.
  const length = Number(lengthText) - (written.length - mapped.length);
  if (length < 0) return undefined;
  return { family: mapped.family, network: mask(mapped, length), length };
}

/** A set of prefixes, each with a value; find gives the value of the longest one that holds an address. */
export class PrefixTable<T> {
  readonly #hosts = new Map<string, T>();
  readonly #networks: Record<4 | 6, Map<number, Map<bigint, T>>> = { 4: new Map(), 6: new Map() };
  #lengths: Record<4 | 6, number[]> = { 4: [], 6: [] };

  /** Adds a prefix; one that is there already gets the new value. */
  add(prefix: Prefix, value: T): void {
    if (prefix.length === FAMILY_BITS[prefix.family]) {
      this.#hosts.set(hostKey(prefix), value);
      return;
    }
    const networks = this.#networks[prefix.family];
    const ofLength = networks.get(prefix.length) ?? new Map<bigint, T>();
    ofLength.set(prefix.network, value);
    networks.set(prefix.length, ofLength);
    this.#lengths[prefix.family] = [...networks.keys()].sort((a, b) => b - a);
  }

  /** Returns the value of the longest prefix that holds the address (as a socket gives it, a zone included), or undefined. */
  find(address: string): T | undefined {
    // A socket writes an IPv4 address exactly as a host's key is written, so the common case is one look-up.
    return this.#hosts.get(address) ?? this.#findParsed(address);
  }

  #findParsed(address: string): T | undefined {
    const host = parseHost(address);
    if (host === undefined) return undefined;
    const exact = this.#hosts.get(hostKey(host)) ?? this.#hosts.get(hostKey(withoutZone(host)));
    if (exact !== undefined) return exact;

    for (const length of this.#lengths[host.family]) {
      const found = this.#networks[host.family].get(length)?.get(mask(host, length));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

function hostKey(host: Prefix): string {
  if (host.family === 4) return ipv4Text(host.network);
  return `${host.network.toString(16)}%${host.zone ?? ''}`;
}

function withoutZone({ family, network, length }: Prefix): Prefix {
  return { family, network, length };
}

function parseHost(text: string): Prefix | undefined {
  const written = parseAddress(text);
  return written === undefined ? undefined : unmapped(written);
}

function parseAddress(text: string): Prefix | undefined {
  if (isIPv4(text)) return { family: 4, network: ipv4Bits(text), length: FAMILY_BITS[4] };
  if (!isIPv6(text)) return undefined;
  const [address = '', zone] = text.split('%');
  const host: Prefix = { family: 6, network: ipv6Bits(address), length: FAMILY_BITS[6] };
  return zone === undefined ? host : { ...host, zone };
}

function unmapped(host: Prefix): Prefix {
  if (host.family === 4 || host.network >> 32n !== 0xffffn) return host;
  return { family: 4, network: host.network & 0xffffffffn, length: FAMILY_BITS[4] };
}

function mask(host: Prefix, length: number): bigint {
  const hostBits = BigInt(FAMILY_BITS[host.family] - length);
  return (host.network >> hostBits) << hostBits;
}

function ipv4Bits(text: string): bigint {
  return BigInt(text.split('.').reduce((bits, octet) => bits * 256 + Number(octet), 0));
}

function ipv4Text(bits: bigint): string {
  const address = Number(bits);
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

// Only for text that net.isIPv6 accepts and that has no zone.
function ipv6Bits(text: string): bigint {
  const [head = '', tail] = text.split('::');
  const front = ipv6Groups(head);
  const back = tail === undefined ? [] : ipv6Groups(tail);
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => 0n);
  return [...front, ...zeros, ...back].reduce((bits, group) => (bits << 16n) | group, 0n);
}

function ipv6Groups(text: string): bigint[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [BigInt(`0x${group}`)];
    const ipv4 = ipv4Bits(group);
    return [ipv4 >> 16n, ipv4 & 0xffffn];
  });
}
