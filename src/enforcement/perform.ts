/** One intent carried out: what holds for its session now, what its NAS is to be asked, and what that says. */
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { AppError } from '../errors.ts';
import type { Nas } from '../nas/nas.ts';
import { Code } from '../radius/code.ts';
import type { Dictionary } from '../radius/dictionary.ts';
import type { Octets } from '../radius/octets.ts';
import { type Explanation, explainUser } from '../usage/explain-queries.ts';
import { limits } from '../usage/limits.ts';
import type { Calendar } from '../usage/period.ts';
import { verdictPeriods } from '../usage/verdict.ts';
import type { NamedAttribute, Vendor } from '../vendors/vendor.ts';
import { vendorOf } from '../vendors/vendor-of.ts';
import { carryOut, type Ending, type Request } from './carry-out.ts';
import type { Intent, IntentEnd } from './intent.ts';
import type { NasLines } from './nas-lines.ts';
import { isOfSpeed, type Order, orderOf } from './order.ts';
import { findSessionFacts, type SessionFacts } from './session-facts-queries.ts';
import { type DefaultLimits, defaultSessionTerms } from './standing.ts';

export interface PerformanceContext {
  readonly db: Database;
  readonly clock: Clock;
  readonly dictionary: Pick<Dictionary, 'encodeAttribute'>;
  readonly calendar: Calendar;
  readonly defaultProfile: DefaultLimits;
  readonly interimIntervalSeconds: number;
  /** Returns the NAS a session's records are from; undefined for an unknown source. */
  readonly findNas: (address: string, nasIdentifier: Octets | undefined) => Nas | undefined;
  /** Returns what is to be added to the clock of a NAS, milliseconds; undefined where nobody knows. */
  readonly clockOffsetMs: (address: string, nasIdentifier: Octets | undefined) => number | undefined;
  readonly lines: NasLines;
}

/** What came of an intent. */
export type Performance = { readonly outcome: string; readonly detail: string | null } & (
  | { readonly kind: 'acknowledged'; readonly isChange: boolean }
  | { readonly kind: 'later' | 'not-now' }
  | { readonly kind: 'ended'; readonly status: IntentEnd }
);

/** Asks a session's NAS for what an intent says, as far as it still holds, and returns what came of it; `onSend` is told when a request goes out. Rejects where the database cannot be asked. */
export async function perform(
  intent: Intent,
  context: PerformanceContext,
  onSend: () => void,
): Promise<Performance> {
  const now = context.clock.now();
  const session = await findSessionFacts(context.db, intent.sessionId, now);
  if (session === undefined)
    return nothingSent('unsupported', 'it is not known what its NAS calls the session');
  if (!session.isOpen) return nothingSent('gone', 'the session had ended');
  const nas = context.findNas(session.sourceAddress, session.nasIdentifier);
  if (nas === undefined || nas.secrets.length === 0)
    // Somebody may be entering it just now.
    return nothingSent('no-answer', `no NAS is known at ${session.sourceAddress}`);
  const explanation = await explanationOf(intent, context, now);
  const vendor = vendorOf(nas.kind);
  const standing =
    explanation === undefined ? 'unknown' : explanation.verdict.mayStayOnline ? 'may-stay' : 'refused';
  const order = orderOf({ intent, standing, vendor, nasKind: nas.kind });
  if (order.kind === 'none') {
    return { kind: 'ended', status: order.status, outcome: order.outcome, detail: null };
  }
  return ask(order, { intent, context, session, nas, vendor, explanation, now, onSend });
}

interface Asked {
  readonly intent: Intent;
  readonly context: PerformanceContext;
  readonly session: SessionFacts;
  readonly nas: Nas;
  readonly vendor: Vendor;
  readonly explanation: Explanation | undefined;
  readonly now: number;
  readonly onSend: () => void;
}

async function ask(order: Exclude<Order, { kind: 'none' }>, asked: Asked): Promise<Performance> {
  const { intent, context, session, nas, vendor, onSend } = asked;
  const identifications = vendor.identify(session.identity);
  if (identifications.length === 0)
    return nothingSent('unsupported', 'its NAS never said what such a session is known by');
  const { sourceAddress: address } = session;
  const port = nas.coaPort ?? vendor.coaPort;
  const way = {
    line: context.lines.to(nas, { address, port }),
    encode: (name: string, value: NamedAttribute[1]) => context.dictionary.encodeAttribute(name, value),
    where: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
    onSend,
  };
  const request = requestOf(order, asked, identifications);
  const ending = await carryOut(request, way);
  if (order.kind === 'disconnect') return performed(ending, order);
  if (isRefused(ending) && isOfSpeed(intent) && vendor.canDisconnect && vendor.hasBandwidth) {
    // It takes limits at login only, against what its kind is known for.
    const instead = `it did not take the CoA-Request: ${ending.outcome}`;
    const disconnect: Order = { kind: 'disconnect', instead };
    return performed(await carryOut(requestOf(disconnect, asked, identifications), way), disconnect);
  }
  return performed(ending, order);
}

function isRefused(ending: Ending): boolean {
  return ending.kind === 'cannot' || (ending.kind === 'ended' && ending.status === 'refused');
}

function requestOf(
  order: Exclude<Order, { kind: 'none' }>,
  asked: Asked,
  identifications: Request['identifications'],
): Request {
  const { context, session, now } = asked;
  // Some NASes discard what their own clock calls old (hostapd).
  const offset = context.clockOffsetMs(session.sourceAddress, session.nasIdentifier) ?? 0;
  const isChange = order.kind === 'change';
  return {
    code: isChange ? Code.CoaRequest : Code.DisconnectRequest,
    identifications,
    limits: isChange ? limitsOf(asked) : [],
    eventAt: now - offset,
  };
}

/** All of them each time: CoovaChilli forgets those left out (vendors.md §2.2). */
function limitsOf({ context, session, vendor, explanation, now }: Asked): readonly NamedAttribute[] {
  if (explanation === undefined) return [];
  const terms = explanation.effectiveProfile ?? defaultSessionTerms(context.defaultProfile);
  return vendor.limitAttributes(
    limits({
      ...{ terms, now },
      verdict: explanation.verdict,
      nas: vendor,
      interimIntervalSeconds: context.interimIntervalSeconds,
      used: session.used,
    }),
  );
}

function performed(ending: Ending, order: Exclude<Order, { kind: 'none' }>): Performance {
  const instead = order.kind === 'disconnect' ? order.instead : undefined;
  const outcome =
    instead === undefined
      ? ending.outcome
      : `${ending.outcome} It was asked to end the session as ${instead}.`;
  const { detail } = ending;
  switch (ending.kind) {
    case 'acknowledged':
      return { kind: 'acknowledged', isChange: order.kind === 'change', outcome, detail };
    case 'cannot':
      // Whoever can end sessions by its kind and does not may be told how; nobody waits a day for that.
      return {
        kind: 'ended',
        status: order.kind === 'disconnect' ? 'refused' : 'unsupported',
        outcome,
        detail,
      };
    case 'ended':
      return { kind: 'ended', status: ending.status, outcome, detail };
    case 'later':
    case 'not-now':
      return { kind: ending.kind, outcome, detail };
  }
}

function nothingSent(status: IntentEnd, because: string): Performance {
  return { kind: 'ended', status, outcome: `Nothing was sent: ${because}.`, detail: null };
}

/** Undefined where the session is nobody's, or its user is gone. */
async function explanationOf(
  { userId }: Intent,
  { db, calendar, defaultProfile }: PerformanceContext,
  now: number,
): Promise<Explanation | undefined> {
  if (userId === null) return undefined;
  try {
    return await explainUser(db, userId, { now, periods: verdictPeriods(calendar, now), defaultProfile });
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return undefined;
    throw error;
  }
}
