/** A traced packet as people read it. */
import type { TraceCharge, TraceEvent, TraceOctets, TraceOutcome } from '../trace/trace-event.ts';
import { heading, octetsText, onOneLine } from './output.ts';
import { shortOctets } from './short-octets.ts';

/** Returns an event's lines, fit for a terminal: what came, its attributes, and what was decided. */
export function traceLines(event: TraceEvent): string[] {
  return [
    heading(onOneLine(headline(event))),
    ...event.attributes.map(({ name, value }) => onOneLine(`    ${name} = ${value}`)),
    ...outcomeLines(event.outcome).map((line, at) => onOneLine(`${at === 0 ? '  => ' : '     '}${line}`)),
  ];
}

const RUN_CHANGES: Readonly<Record<Extract<TraceOutcome, { kind: 'recorded' }>['run'], string>> = {
  began: 'began a session',
  joined: 'joined a session',
  'found-earlier': 'found a session of before a restart nobody saw',
  'changed-user': 'gave the session to another user',
};

function headline({ time, nas, source, code, identifier }: TraceEvent): string {
  const what = code === null ? 'datagram' : `${code} (id ${identifier})`;
  const place = source.address.includes(':') ? `[${source.address}]` : source.address;
  return `${time} ${what} from ${nas ?? 'an unknown source'}, ${place}:${source.port}`;
}

function outcomeLines(outcome: TraceOutcome): string[] {
  switch (outcome.kind) {
    case 'recorded':
      return [
        `${RUN_CHANGES[outcome.run]}${outcome.session === null ? '' : `, id ${outcome.session}`}: added ${pairText(outcome.added)}`,
        `the session's totals: ${pairText(outcome.session_total)}`,
        ...(outcome.charged === null ? ['charged to nobody: no such user'] : chargeLines(outcome.charged)),
      ];
    case 'closed-sessions':
      return [`presumed ${outcome.closed} open session(s) of this NAS closed`];
    case 'set-aside':
      return [`set aside, not metered: ${outcome.reason} (${outcome.detail})`];
    case 'accepted':
    case 'rejected':
      return loginLines(outcome);
    case 'discarded':
      return [`discarded unanswered: ${outcome.reason}`];
    default:
      return outcome satisfies never;
  }
}

function loginLines({
  kind,
  user,
  reason,
  reply,
}: Extract<TraceOutcome, { kind: 'accepted' | 'rejected' }>): string[] {
  const why = reason === null ? '' : `: ${reason}`;
  return [
    `${kind === 'accepted' ? 'let in' : 'refused'} ${user ?? 'nobody known'}${why}`,
    ...reply.map(({ name, value }) => `${name} = ${value}`),
  ];
}

function chargeLines({ user, terms, limits, usage }: TraceCharge): string[] {
  const under = terms === 'profile' ? 'their profile' : 'the default profile';
  if (usage === null) return [`charged to ${user} under ${under}: nothing yet`];
  const counters = [
    ['today', usage.used_today, limits?.today],
    ['week', usage.used_week, limits?.week],
    ['month', usage.used_month, limits?.month],
    ['total', usage.used_total, limits?.total],
  ] as const;
  const used = counters.map(([name, octets, limit]) => {
    const of = limit === null || limit === undefined ? '' : ` of ${shortOctets(limit)}`;
    return `${name} ${octetsText(octets)}${of}`;
  });
  return [
    `charged to ${user} under ${under}: ${usage.is_exceeded ? 'a quota is EXCEEDED' : 'within the quotas'}`,
    used.join(', '),
  ];
}

function pairText({ input, output }: TraceOctets): string {
  return `${octetsText(input)} up, ${octetsText(output)} down`;
}
