/** What the system says about a running process: CPU time and resident memory, from /proc. */
import { readFileSync } from 'node:fs';

/** USER_HZ, which Linux fixes at 100 on every architecture Node runs on. */
const TICKS_PER_SECOND = 100;

/** Returns the CPU seconds a process (all its threads, user and system) has used since it began. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in parentheses and may hold spaces; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Returns the resident memory of a process now, in MiB. */
export function residentMebibytesOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(status.match(/^VmRSS:\s+(\d+) kB/m)?.[1] ?? 0) / 1024;
}
