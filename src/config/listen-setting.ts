/** The settings `acct-listen` and `http-listen`: addresses and ports to receive on. */
import { BlockList, isIP } from 'node:net';
import { type Parse, type Report, refuse } from './values.ts';

/** An address and a port to receive on. */
export interface Listen {
  readonly address: string;
  readonly port: number;
}

/** Accepts a list, or text separated by commas, of ADDRESS:PORT with IPv6 in brackets; port 0 lets the system choose. */
export const listenList: Parse<readonly Listen[]> = (raw, report) => {
  const entries = (Array.isArray(raw) ? raw : [raw]).flatMap((entry) =>
    typeof entry === 'string' ? entry.split(',') : [entry],
  );
  const listens = entries.map((entry) => parseListen(entry, report, ACCT_EXAMPLES));
  return listens.every((listen) => listen !== undefined) ? listens : undefined;
};

/** Accepts one ADDRESS:PORT on this machine alone; null for nothing, or the word none. */
export const httpListen: Parse<Listen | null> = (raw, report) => {
  if (raw === null || raw === 'none' || (typeof raw === 'string' && raw.trim() === '')) return null;
  const listen = parseListen(raw, report, HTTP_EXAMPLES);
  if (listen === undefined) return undefined;
  if (LOOPBACK.check(listen.address, isIP(listen.address) === 6 ? 'ipv6' : 'ipv4')) return listen;
  // Nothing listens beyond loopback without a credential (design §9), and there is none yet.
  return refuse(
    report,
    'expected a loopback address such as 127.0.0.1 or [::1], as whoever reaches it may read /metrics; let a reverse proxy ask others for a credential',
  );
};

const ACCT_EXAMPLES = 'ADDRESS:PORT such as 0.0.0.0:1813 or [::]:1813, separated by commas';
const HTTP_EXAMPLES = 'ADDRESS:PORT such as 127.0.0.1:8080 or [::1]:8080, or none';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

function parseListen(entry: unknown, report: Report, expected: string): Listen | undefined {
  const parts = typeof entry === 'string' ? /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(entry.trim()) : null;
  const address = parts?.[1] ?? parts?.[2] ?? '';
  const family = parts?.[1] === undefined ? 4 : 6;
  const port = Number(parts?.[3]);
  if (isIP(address) === family && port <= 65_535) return { address, port };
  return refuse(report, `expected ${expected}`);
}
