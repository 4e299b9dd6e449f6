/** Datagrams the kernel dropped because a socket's receive buffer was full: the loss nobody else sees. */
import { readFileSync } from 'node:fs';

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
