/** Who stands behind packets: one device, by the address it sends from and the NAS-Identifier it gives. */
import { unmapIpv4 } from '../radius/address.ts';
import type { Octets } from '../radius/octets.ts';
import type { KnownNas, Nas } from './nas.ts';
import { NasTable } from './nas-table.ts';

/** What is known of one device. A NAS entry may stand for many: an address that several share, or a whole prefix. */
export interface Sender {
  readonly address: string;
  /** Empty where it gives none. */
  readonly nasIdentifier: Octets;
  /** Epoch milliseconds on our clock. */
  readonly lastSeenAt: number;
  /** Its clock behind ours (positive) or ahead of it; null until a packet of its carried an Event-Timestamp. */
  readonly clockOffsetMs: number | null;
  /** Whether it has ever sent a Gigawords attribute. */
  readonly sendsGigawords: boolean;
}

/** A clock further off than this is worth a person's time (design §5). */
export const CLOCK_OFF_MS = 60_000;

/** A device that was replaced must not stand for its NAS's clock for ever. */
const CURRENT_MS = 24 * 60 * 60 * 1000;

/** Returns what two senders must not have in common. */
export function senderKey(address: string, nasIdentifier: Octets | undefined): string {
  return `${unmapIpv4(address)} ${nasIdentifier ?? ''}`;
}

/** Orders senders as their rows are written, so that two who write at once cannot deadlock. */
export function bySender(a: Sender, b: Sender): number {
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  return a.nasIdentifier < b.nasIdentifier ? -1 : 1;
}

/** Returns the offset that stands for several clocks: the one furthest off, of the senders heard within a day of the last one; null when none is known. */
export function furthestOffset(senders: readonly Sender[]): number | null {
  const newest = Math.max(...senders.map(({ lastSeenAt }) => lastSeenAt));
  return senders
    .filter(({ lastSeenAt }) => lastSeenAt >= newest - CURRENT_MS)
    .reduce<number | null>(
      (furthest, { clockOffsetMs }) =>
        clockOffsetMs !== null && Math.abs(clockOffsetMs) >= Math.abs(furthest ?? 0)
          ? clockOffsetMs
          : furthest,
      null,
    );
}

/** A NAS in force, as its senders have made it known. */
export interface HeardNas extends KnownNas {
  readonly senders: readonly Sender[];
}

/** Returns every NAS in force with its senders, and with what they taught where its entry does not say it. */
export function withSenders(known: readonly KnownNas[], senders: readonly Sender[]): readonly HeardNas[] {
  const table = new NasTable(known);
  const byNas = Map.groupBy(senders, ({ address, nasIdentifier }) => table.find(address, nasIdentifier));
  return known.map(({ nas, source }) => {
    const own = byNas.get(nas) ?? [];
    return { nas: taughtBy(nas, own), source, senders: own };
  });
}

function taughtBy(nas: Nas, senders: readonly Sender[]): Nas {
  if (senders.length === 0) return nas;
  return {
    ...nas,
    sendsGigawords: nas.sendsGigawords ?? (senders.some(({ sendsGigawords }) => sendsGigawords) || null),
    clockOffsetMs: furthestOffset(senders) ?? nas.clockOffsetMs,
    lastSeenAt: Math.max(nas.lastSeenAt ?? 0, ...senders.map(({ lastSeenAt }) => lastSeenAt)),
  };
}
