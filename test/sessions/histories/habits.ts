/** What kinds of NAS there are: which attributes one sends, how its clock goes, and what it does with Acct-Session-Ids (vendors.md §2.4, §2.5). */
import type { Chance } from './chance.ts';

export interface Habits {
  /** Whether Acct-Input/Output-Gigawords are in every record, only above zero, or in none (RFC 2869 §5.1). */
  readonly gigawords: 'always' | 'above-zero' | 'never';
  readonly sendsSessionTime: boolean;
  readonly sendsTimestamp: boolean;
  /** Acct-Delay-Time: not sent, always zero, or what RFC 2866 §5.2 asks for. */
  readonly delayTime: 'absent' | 'zero' | 'growing';
  readonly clock: 'right' | 'off' | 'steps' | 'wakes-in-1970' | 'stays-in-1970';
  readonly sendsPackets: boolean;
  /** Who a record says it is about; `mostly both` leaves both out of some Interims and Stops. */
  readonly names: 'both' | 'user' | 'station' | 'mostly both';
  readonly interval: { readonly seconds: number } | undefined;
  /** One for each connection; the same again for later ones; or one for three users at a time (Debian's pppd). */
  readonly ids: 'own' | 'reused' | 'shared by three';
  /** Whether it says Accounting-On when it comes up. */
  readonly announcesReboots: boolean;
}

/** Returns the habits of one NAS. */
export function drawHabits(chance: Chance): Habits {
  const ids = chance.weigh({ own: 70, reused: 22, 'shared by three': 8 });
  return {
    gigawords: chance.weigh({ always: 4, 'above-zero': 3, never: 3 }),
    sendsSessionTime: chance.happens(0.97),
    sendsTimestamp: chance.happens(0.8),
    delayTime: chance.weigh({ absent: 2, zero: 2, growing: 6 }),
    clock: chance.weigh({ right: 5, off: 3, steps: 1, 'wakes-in-1970': 0.5, 'stays-in-1970': 0.5 }),
    sendsPackets: chance.happens(0.85),
    // One that gave several users one id and left out who is meant would say nothing at all.
    names: chance.weigh({ both: 8, user: 1, station: 0.5, 'mostly both': ids === 'own' ? 1 : 0 }),
    interval: chance.happens(0.08) ? undefined : { seconds: chance.pick([60, 60, 120, 300, 300, 600, 900]) },
    ids,
    announcesReboots: chance.happens(0.5),
  };
}

/** Returns whether the wire of such a NAS holds the whole truth, whatever happens on the way (issue: overcounts are 0 there). */
export function isClean({ gigawords, sendsSessionTime, sendsTimestamp, ids }: Habits): boolean {
  return gigawords === 'always' && sendsSessionTime && sendsTimestamp && ids === 'own';
}
