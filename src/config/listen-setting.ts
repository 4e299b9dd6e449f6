/** The settings `acct-listen`, `auth-listen`, `http-listen` and `http-trusted-proxies`: where to receive, and who may speak for others. */
import { isIP } from 'node:net';
import { prefixFrom } from './prefix-text.ts';
import { type Parse, type Report, refuse } from './values.ts';

/** An address and a port to receive on. */
export interface Listen {
  readonly address: string;
  readonly port: number;
}

/** Accepts a list, or text separated by commas, of ADDRESS:PORT with IPv6 in brackets; port 0 lets the system choose. */
export const listenList: Parse<readonly Listen[]> = (raw, report) => {
  const listens = textsOf(raw).map((entry) => parseListen(entry, report, ACCT_EXAMPLES));
  return listens.every((listen) => listen !== undefined) ? listens : undefined;
};

/** As listenList; nothing, or the word none, is an empty list. */
export const listenListOrNone: Parse<readonly Listen[]> = (raw, report) => {
  if (isNone(raw)) return [];
  const listens = textsOf(raw).map((entry) => parseListen(entry, report, AUTH_EXAMPLES));
  return listens.every((listen) => listen !== undefined) ? listens : undefined;
};

/** Accepts one ADDRESS:PORT; null for nothing, or the word none. */
export const httpListen: Parse<Listen | null> = (raw, report) => {
  if (isNone(raw)) return null;
  return parseListen(raw, report, HTTP_EXAMPLES);
};

/** Accepts a list, or text separated by commas, of addresses and prefixes, as one text for each; none of them may be everybody. */
export const proxyList: Parse<readonly string[]> = (raw, report) => {
  if (raw === null || raw === 'none' || raw === '') return [];
  const proxies = textsOf(raw).map((entry) => {
    const prefix = typeof entry === 'string' ? prefixFrom(entry) : undefined;
    if (prefix === undefined || prefix.zone !== '') return refuse(report, PROXY_EXPECTED);
    if (prefix.bits > 0) return `${prefix.host}/${prefix.bits}`;
    return refuse(report, 'a prefix of length 0 would let everybody say where they come from');
  });
  return proxies.every((proxy) => proxy !== undefined) ? proxies : undefined;
};

const PROXY_EXPECTED = 'expected addresses and prefixes such as 192.0.2.1 or 10.0.0.0/8, separated by commas';
const ACCT_EXAMPLES = 'ADDRESS:PORT such as 0.0.0.0:1813 or [::]:1813, separated by commas';
const AUTH_EXAMPLES = 'ADDRESS:PORT such as 0.0.0.0:1812 or [::]:1812, separated by commas, or none';
const HTTP_EXAMPLES = 'ADDRESS:PORT such as 127.0.0.1:8080 or [::1]:8080, or none';

function isNone(raw: unknown): boolean {
  return raw === null || raw === 'none' || (typeof raw === 'string' && raw.trim() === '');
}

function textsOf(raw: unknown): unknown[] {
  return [raw].flat().flatMap((entry) => (typeof entry === 'string' ? entry.split(',') : [entry]));
}

function parseListen(entry: unknown, report: Report, expected: string): Listen | undefined {
  const parts = typeof entry === 'string' ? /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(entry.trim()) : null;
  const address = parts?.[1] ?? parts?.[2] ?? '';
  const family = parts?.[1] === undefined ? 4 : 6;
  const port = Number(parts?.[3]);
  if (isIP(address) === family && port <= 65_535) return { address, port };
  return refuse(report, `expected ${expected}`);
}

/** Returns ADDRESS:PORT, IPv6 in brackets. */
export function listenText({ address, port }: Listen): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
