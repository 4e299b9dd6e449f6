/** What watchers are told: one packet as text and what was decided about it, in the names of all JSON radmeter prints. */
import type { AnsweredLogin } from '../access/logins.ts';
import type { Submission } from '../accounting/submission.ts';
import type { MeterOutcome } from '../metering.ts';
import { Code } from '../radius/code.ts';
import { type DescribedAttribute, describePacket } from '../radius/describe.ts';
import type { Dictionary } from '../radius/dictionary.ts';
import type { Discard } from '../radius/discard.ts';
import { HEADER_LENGTH, type Packet, parsePacket } from '../radius/packet.ts';
import type { RunChange } from '../sessions/decide-run.ts';
import type { Counters } from '../usage/counters.ts';

/** One packet and its outcome. */
export interface TraceEvent {
  /** UTC to the millisecond: when it came in. */
  readonly time: string;
  /** The NAS's name; null for an unknown source. */
  readonly nas: string | null;
  readonly source: { readonly address: string; readonly port: number };
  /** Null, as `identifier`, for a datagram that was discarded before it was decoded. */
  readonly code: string | null;
  readonly identifier: number | null;
  /** Secrets are hidden. */
  readonly attributes: readonly DescribedAttribute[];
  readonly outcome: TraceOutcome;
}

export type TraceOutcome =
  | {
      readonly kind: 'recorded';
      /** What the record did to the runs of its session. */
      readonly run: RunChange;
      /** The session's id; null for one that this very record made. */
      readonly session: number | null;
      /** Octets added by this record, and the session's totals with them; input = up. */
      readonly added: TraceOctets;
      readonly session_total: TraceOctets;
      /** Null when the octets are nobody's. */
      readonly charged: TraceCharge | null;
    }
  /** An Accounting-On or -Off presumed this many sessions closed. */
  | { readonly kind: 'closed-sessions'; readonly closed: number }
  /** Acknowledged and kept raw, but not metered. */
  | { readonly kind: 'set-aside'; readonly reason: string; readonly detail: string }
  /** What a login was answered with; `user` null where nobody is known by that name. */
  | {
      readonly kind: 'accepted' | 'rejected';
      readonly user: string | null;
      /** Null where nothing is to be said of an Accept. */
      readonly reason: string | null;
      readonly reply: readonly DescribedAttribute[];
    }
  /** Not answered. */
  | { readonly kind: 'discarded'; readonly reason: string };

export interface TraceOctets {
  readonly input: number;
  readonly output: number;
}

/** Who was charged, under what, and how they stand after it. */
export interface TraceCharge {
  readonly user: string;
  /** `profile`: the user's own or their promotion's; `default`: neither has one. */
  readonly terms: 'profile' | 'default';
  /** In octets; null = no such limit. */
  readonly limits: TraceLimits | null;
  /** Null where nothing was ever charged. */
  readonly usage: TraceUsage | null;
}

export interface TraceLimits {
  readonly today: number | null;
  readonly week: number | null;
  readonly month: number | null;
  readonly total: number | null;
}

export interface TraceUsage {
  readonly used_today: number;
  readonly used_week: number;
  readonly used_month: number;
  readonly used_total: number;
  readonly is_exceeded: boolean;
}

/** What goes over the socket, one JSON text a line: first that the watch has begun, then events, and how many this watcher was too slow for. */
export type TraceMessage =
  | { readonly kind: 'watching' }
  | { readonly kind: 'event'; readonly event: TraceEvent }
  | { readonly kind: 'missed'; readonly count: number };

/** Returns the event of a request that was answered. */
export function answeredEvent(
  submission: Submission,
  {
    packet,
    outcome,
    dictionary,
  }: { packet: Packet | undefined; outcome: MeterOutcome; dictionary: Dictionary },
): TraceEvent {
  const described = packet === undefined ? undefined : describePacket(packet, dictionary);
  return {
    time: new Date(submission.arrivedAt).toISOString(),
    nas: submission.nasName,
    source: { address: submission.sourceAddress, port: submission.sourcePort },
    code: described?.code ?? null,
    identifier: described?.identifier ?? null,
    attributes: described?.attributes ?? [],
    outcome: outcomeOf(outcome),
  };
}

/** Returns the event of a login that was answered. */
export function loginEvent(login: AnsweredLogin, dictionary: Dictionary): TraceEvent {
  const { packet, source, arrivedAt } = login.request;
  const { code, identifier, attributes } = describePacket(packet, dictionary);
  return {
    time: new Date(arrivedAt).toISOString(),
    nas: login.nasName,
    source: { address: source.address, port: source.port },
    ...{ code, identifier, attributes },
    outcome: {
      kind: login.code === Code.AccessAccept ? 'accepted' : 'rejected',
      user: login.username ?? null,
      reason: login.reason,
      reply: describeAttributes(login.attributes, dictionary),
    },
  };
}

function describeAttributes(attributes: Buffer, dictionary: Dictionary): readonly DescribedAttribute[] {
  const header = Buffer.alloc(HEADER_LENGTH);
  header.writeUInt16BE(HEADER_LENGTH + attributes.length, 2);
  const parsed = parsePacket(Buffer.concat([header, attributes]));
  return parsed.ok ? describePacket(parsed.packet, dictionary).attributes : [];
}

/** Returns the event of a datagram discarded at an instant (epoch milliseconds); nothing of it is believed, so nothing is shown. */
export function discardedEvent(discard: Discard<{ readonly name: string }>, now: number): TraceEvent {
  const { address, port, nas, reason } = discard;
  return {
    time: new Date(now).toISOString(),
    nas: nas?.name ?? null,
    source: { address, port },
    code: null,
    identifier: null,
    attributes: [],
    outcome: { kind: 'discarded', reason },
  };
}

function outcomeOf(outcome: MeterOutcome): TraceOutcome {
  switch (outcome.kind) {
    case 'recorded':
      return {
        kind: 'recorded',
        run: outcome.how,
        session: outcome.run.radacctId ?? null,
        added: { input: outcome.delta.input, output: outcome.delta.output },
        session_total: { input: outcome.run.inputOctets, output: outcome.run.outputOctets },
        charged: chargeOf(outcome),
      };
    case 'closed-sessions':
      return { kind: 'closed-sessions', closed: outcome.closed };
    case 'set-aside':
      return { kind: 'set-aside', reason: outcome.reason, detail: outcome.detail };
    default:
      return outcome satisfies never;
  }
}

function chargeOf({ subscriber, usage }: Extract<MeterOutcome, { kind: 'recorded' }>): TraceCharge | null {
  if (subscriber === undefined) return null;
  const { terms } = subscriber;
  return {
    user: subscriber.username,
    terms: terms === null ? 'default' : 'profile',
    limits:
      terms === null
        ? null
        : {
            today: terms.dailyLimit,
            week: terms.weeklyLimit,
            month: terms.monthlyLimit,
            total: terms.quotaType === 'limited' ? terms.dataVolume : null,
          },
    usage: usage === undefined ? null : usageOf(usage),
  };
}

function usageOf({ counters, isExceeded }: { counters: Counters; isExceeded: boolean }): TraceUsage {
  return {
    used_today: counters.usedToday,
    used_week: counters.usedWeek,
    used_month: counters.usedMonth,
    used_total: counters.usedTotal,
    is_exceeded: isExceeded,
  };
}
