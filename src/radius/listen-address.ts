/** Listen addresses: reading them, writing them, and which local addresses a wildcard stands for. */
import { isIP, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

export interface ListenAddress {
  /** An IP address, a zone included (`fe80::1%eth0`); `0.0.0.0` and `::` are wildcards. */
  readonly host: string;
  /** 0 to 65535; 0 lets the system choose. */
  readonly port: number;
}

/** Returns the address in `10.0.0.1:1813` or `[2001:db8::1]:1813`, or undefined for any other text. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [, bracketed, plain, portText] = match;
  const host = bracketed ?? plain ?? '';
  const port = Number(portText);
  if (isIP(host) !== (bracketed === undefined ? 4 : 6) || port > 65_535) return undefined;
  return { host, port };
}

/** Returns the text that parseListenAddress reads. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Tells whether the address stands for every local address of its family. */
export function isWildcard({ host }: ListenAddress): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** Returns this machine's addresses, link-local ones with their interface as zone. */
export function localAddresses(): string[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.map(({ address, scopeid }) => (scopeid ? `${address}%${name}` : address)),
  );
}
