/** Which unit bandwidths of the old system are in: newer databases of it hold Mbit/s in the columns that held kbit/s (contract §12). */
import { AppError } from '../errors.ts';
import type { SourceDatabase } from './source-database.ts';

export const BANDWIDTH_UNITS = ['kbps', 'mbps'] as const;
export type BandwidthUnit = (typeof BANDWIDTH_UNITS)[number];

/** That system's own word: Kbps to Mbps divides by 1024. */
export const KBPS_PER_MBPS = 1024;

/** The most that it takes for Mbit/s. */
export const MBPS_MAX = 1000;

/** A bandwidth that may be of either unit. */
export interface AmbiguousBandwidth {
  readonly profile: string;
  readonly upload: number;
  readonly download: number;
}

/** Returns the profiles whose bandwidths could be Mbit/s: with none, all are kbit/s. */
export async function ambiguousBandwidths({ reader }: SourceDatabase): Promise<AmbiguousBandwidth[]> {
  const rows: { name: unknown; bandwidth_upload: unknown; bandwidth_download: unknown }[] = await reader
    .knex('profiles')
    .orderBy('id')
    .select('name', 'bandwidth_upload', 'bandwidth_download');
  return rows
    .map((row) => ({
      profile: String(row.name),
      upload: Number(row.bandwidth_upload),
      download: Number(row.bandwidth_download),
    }))
    .filter(({ upload, download }) => [upload, download].some((each) => each > 0 && each <= MBPS_MAX));
}

/** Returns the error that asks for the unit: nothing tells 5 Mbit/s from 5 kbit/s but whoever set it. */
export function unitNeeded(ambiguous: readonly AmbiguousBandwidth[]): AppError {
  const [first] = ambiguous;
  const example =
    first === undefined
      ? ''
      : ` (${JSON.stringify(first.profile)}: ${first.upload} up, ${first.download} down)`;
  return new AppError(
    'invalid',
    `${ambiguous.length} profile(s) have bandwidths that may be kbit/s or Mbit/s${example}; say which with --bandwidth-unit kbps or --bandwidth-unit mbps`,
  );
}
