/** The `acct-listen` setting: addresses and ports to receive on. */
import { isIP } from 'node:net';
import { type Parse, type Report, refuse } from './values.ts';

/** An address and a UDP port to receive on. */
export interface Listen {
  readonly address: string;
  readonly port: number;
}

/** Accepts a list, or text separated by commas, of ADDRESS:PORT with IPv6 in brackets; port 0 lets the system choose. */
export const listenList: Parse<readonly Listen[]> = (raw, report) => {
  const entries = (Array.isArray(raw) ? raw : [raw]).flatMap((entry) =>
    typeof entry === 'string' ? entry.split(',') : [entry],
  );
  const listens = entries.map((entry) => parseListen(entry, report));
  return listens.every((listen) => listen !== undefined) ? listens : undefined;
};

function parseListen(entry: unknown, report: Report): Listen | undefined {
  const parts = typeof entry === 'string' ? /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(entry.trim()) : null;
  const address = parts?.[1] ?? parts?.[2] ?? '';
  const family = parts?.[1] === undefined ? 4 : 6;
  const port = Number(parts?.[3]);
  if (isIP(address) === family && port <= 65_535) return { address, port };
  return refuse(report, 'expected ADDRESS:PORT such as 0.0.0.0:1813 or [::]:1813, separated by commas');
}
