/** Asking one NAS for one thing: its ladder of identifications, step by step, until it says yes or no more step is left. */
import { Code, codeName } from '../radius/code.ts';
import type { NamedAttribute } from '../vendors/vendor.ts';
import type { IntentEnd } from './intent.ts';
import { errorCauseText, nakMeaning } from './nak.ts';
import type { NasLine } from './nas-line.ts';

/** What is asked of which NAS. */
export interface Request {
  readonly code: typeof Code.DisconnectRequest | typeof Code.CoaRequest;
  /** What may identify the session, the first choice first; never empty. */
  readonly identifications: readonly (readonly NamedAttribute[])[];
  /** What a CoA-Request says beside it; empty in a Disconnect-Request (RFC 5176 §3). */
  readonly limits: readonly NamedAttribute[];
  /** Event-Timestamp on the NAS's clock, epoch milliseconds (RFC 5176 §6.3). */
  readonly eventAt: number;
}

export interface Way {
  readonly line: NasLine;
  readonly encode: (name: string, value: NamedAttribute[1]) => Buffer;
  /** `10.0.0.1:3799`. */
  readonly where: string;
  /** Told when something really goes out. */
  readonly onSend: () => void;
}

/** What came of it. `cannot`: it does not do such a thing at all. */
export type Ending = {
  readonly outcome: string;
  /** What was sent last. */
  readonly detail: string | null;
} & (
  | { readonly kind: 'acknowledged' | 'cannot' | 'later' | 'not-now' }
  | { readonly kind: 'ended'; readonly status: Extract<IntentEnd, 'refused' | 'no-answer' | 'gone'> }
);

/** Sends a request with one identification after the other as long as the NAS asks for another, and returns what came of it. */
export async function carryOut(request: Request, way: Way): Promise<Ending> {
  const steps = request.identifications.map((attributes) => [...attributes]);
  for (let at = 0; ; at++) {
    const identification = steps[at];
    if (identification === undefined) throw new Error('a request without a way to identify its session');
    const detail = detailOf(request, identification, way);
    const answer = await way.line.send(
      {
        code: request.code,
        attributes: encoded([...identification, ...request.limits], request, way),
        messageAuthenticator: true,
      },
      way.onSend,
    );
    if (answer.kind === 'not-now') return { kind: 'not-now', outcome: '', detail };
    if (answer.kind === 'silent') {
      return ended('no-answer', `Nothing was sent: ${way.where} answered none of the last requests.`, null);
    }
    if (answer.kind === 'no-answer') return ended('no-answer', unansweredText(answer, way), detail);
    if (answer.code === Code.DisconnectAck || answer.code === Code.CoaAck) {
      return { kind: 'acknowledged', outcome: `${way.where} answered ${codeName(answer.code)}.`, detail };
    }
    const said = `${way.where} answered ${codeName(answer.code)} with ${errorCauseText(answer.errorCause)}`;
    const meaning = nakMeaning(answer.errorCause);
    if (meaning === 'gone') return ended('gone', `${said}: it knows no such session.`, detail);
    if (meaning === 'cannot') return { kind: 'cannot', outcome: `${said}.`, detail };
    if (meaning === 'later') return { kind: 'later', outcome: `${said}.`, detail };
    if (meaning === 'more-specific') addMoreSpecific(steps, at);
    if (meaning === 'refused' || steps[at + 1] === undefined) return ended('refused', `${said}.`, detail);
  }
}

/** Several sessions fit: everything that is known of this one, once, instead of less and less. */
function addMoreSpecific(steps: NamedAttribute[][], at: number): void {
  const all = new Map(steps.flat().map((attribute) => [attribute[0], attribute]));
  const isMore = all.size > (steps[at]?.length ?? 0);
  steps.splice(at + 1, steps.length, ...(isMore ? [[...all.values()]] : []));
}

function encoded(
  attributes: readonly NamedAttribute[],
  { eventAt }: Request,
  { encode }: Pick<Way, 'encode'>,
): Buffer {
  // To the second, as the attribute is.
  const eventTimestamp = encode('Event-Timestamp', Math.floor(eventAt / 1000) * 1000);
  return Buffer.concat([...attributes.map(([name, value]) => encode(name, value)), eventTimestamp]);
}

function detailOf(
  { code, limits }: Request,
  identification: readonly NamedAttribute[],
  { where }: Pick<Way, 'where'>,
): string {
  const names = (attributes: readonly NamedAttribute[]) => attributes.map(([name]) => name).join(', ');
  const saying = limits.length === 0 ? '' : `, saying ${limits.map(limitText).join(', ')}`;
  return `${codeName(code)} to ${where} for the session of this ${names(identification)}${saying}`;
}

function limitText([name, value]: NamedAttribute): string {
  return `${name} = ${Buffer.isBuffer(value) ? `0x${value.toString('hex')}` : String(value)}`;
}

function unansweredText(
  { tries, forged, isUnreachable }: { tries: number; forged: number; isUnreachable: boolean },
  { where }: Pick<Way, 'where'>,
): string {
  const asked = `No answer from ${where} to ${tries} ${tries === 1 ? 'transmission' : 'transmissions'}`;
  if (forged > 0) {
    return `${asked} that its secret signed (${forged} ${forged === 1 ? 'was' : 'were'} signed with another one): is the secret right there?`;
  }
  if (isUnreachable) return `${asked}: nobody takes requests there.`;
  return `${asked}; an answer from another address or port is not taken. Does it take such requests, from here?`;
}

function ended(
  status: Extract<IntentEnd, 'refused' | 'no-answer' | 'gone'>,
  outcome: string,
  detail: string | null,
): Ending {
  return { kind: 'ended', status, outcome, detail };
}
