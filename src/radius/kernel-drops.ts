/** Datagrams the kernel dropped because a socket's receive buffer was full: the loss nobody else sees. */
import { readFileSync } from 'node:fs';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';

const TABLES = ['/proc/self/net/udp', '/proc/self/net/udp6'];

/** Returns how many datagrams for these local ports the kernel has dropped since their sockets were opened; 0 where the system does not tell. */
export function kernelDrops(ports: ReadonlySet<number>): number {
  return TABLES.map((table) => droppedIn(readTable(table), ports)).reduce((sum, drops) => sum + drops, 0);
}

/** Returns the drops that one table of /proc/net/udp's form counts for local ports. */
export function droppedIn(table: string, ports: ReadonlySet<number>): number {
  let drops = 0;
  for (const line of table.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const port = Number.parseInt(fields[1]?.split(':')[1] ?? '', 16);
    if (ports.has(port)) drops += Number(fields.at(-1));
  }
  return drops;
}

function readTable(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not Linux, or no IPv6.
    return '';
  }
}

export interface KernelDropWatchOptions {
  /** The UDP ports listened on. */
  readonly ports: () => readonly number[];
  readonly metrics: Pick<Metrics, 'kernelDrops'>;
  readonly logger: Logger;
}

const WATCH_INTERVAL_MS = 10_000;

/** Looks for drops every ten seconds: each is a NAS that must send again, and in the end a record that never comes. */
export class KernelDropWatch {
  readonly #options: KernelDropWatchOptions;
  #drops = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: KernelDropWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), WATCH_INTERVAL_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { ports, metrics, logger } = this.#options;
    const before = this.#drops;
    this.#drops = kernelDrops(new Set(ports()));
    metrics.kernelDrops.set(this.#drops);
    const drops = this.#drops - before;
    if (drops > 0) logger.warn({ drops }, 'the kernel dropped datagrams: the receive buffer was full');
  }
}
