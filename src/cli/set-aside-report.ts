/** What a replay says: each record while there are few, and what they came to. */
import type { ReplayResult } from '../accounting/set-aside-replay.ts';
import type { Metered } from '../metering.ts';
import { instantShown, octetsText, onOneLine, printLine, printTable } from './output.ts';

type Result = ReplayResult<Metered>;

/** Takes results one by one and prints them. */
export interface ReplayReport {
  add(result: Result): void;
  /** Prints what is left to say. */
  end(): void;
}

/** Returns the local date of an instant, epoch milliseconds. */
type DayOf = (instant: number) => string;

/** More than this are counted only. */
const LINES_MAX = 50;
const USERS_MAX = 20;

/** For people. */
export class TextReport implements ReplayReport {
  readonly #isDryRun: boolean;
  readonly #dayOf: DayOf;
  readonly #totals = new Totals();
  #lines: string[] = [];

  constructor(isDryRun: boolean, dayOf: DayOf) {
    this.#isDryRun = isDryRun;
    this.#dayOf = dayOf;
  }

  add(result: Result): void {
    this.#totals.add(result);
    if (this.#totals.count <= LINES_MAX) this.#lines.push(lineOf(result, this.#dayOf));
  }

  end(): void {
    const { count, metered, octets, kept, replayedBefore, gone } = this.#totals;
    if (count <= LINES_MAX) for (const line of this.#lines) printLine(onOneLine(line));
    else this.#printUsers();
    const added = `${octetsText(octets.input)} up, ${octetsText(octets.output)} down`;
    printLine(
      `${this.#isDryRun ? 'Would meter' : 'Metered'} ${metered} of ${count} records: ${added}, ${octetsText(octets.nobodys)} of it charged to nobody.`,
    );
    for (const [reason, rows] of kept) printLine(onOneLine(`Still set aside: ${rows} for ${reason}.`));
    if (replayedBefore > 0) printLine(`Replayed before, and not again: ${replayedBefore}.`);
    if (gone > 0) printLine(`Discarded meanwhile: ${gone}.`);
  }

  #printUsers(): void {
    const users = [...this.#totals.byUser].sort(([, a], [, b]) => b - a);
    if (users.length === 0) return;
    printTable(
      users.slice(0, USERS_MAX),
      [
        { heading: 'USER', value: ([user]) => user },
        { heading: 'OCTETS', value: ([, octets]) => octetsText(octets), align: 'right' },
      ],
      '',
    );
    if (users.length > USERS_MAX) printLine(`… and ${users.length - USERS_MAX} more users.`);
    printLine('');
  }
}

/** For programs: one JSON text, written as results come, so that a million of them need no memory. */
export class JsonReport implements ReplayReport {
  readonly #isDryRun: boolean;
  readonly #dayOf: DayOf;
  readonly #totals = new Totals();

  constructor(isDryRun: boolean, dayOf: DayOf) {
    this.#isDryRun = isDryRun;
    this.#dayOf = dayOf;
  }

  add(result: Result): void {
    const before = this.#totals.count === 0 ? this.#opening() : '    ,';
    printLine(`${before}${JSON.stringify(shapeOf(result, this.#dayOf))}`);
    this.#totals.add(result);
  }

  #opening(): string {
    return `{\n  "dry_run": ${this.#isDryRun},\n  "records": [\n    `;
  }

  end(): void {
    if (this.#totals.count === 0) printLine(this.#opening());
    const { metered, octets, keptCount, replayedBefore, gone } = this.#totals;
    const totals = {
      metered,
      kept: keptCount,
      replayed_before: replayedBefore,
      gone,
      input_octets: octets.input,
      output_octets: octets.output,
      unmetered_octets: octets.nobodys,
    };
    printLine(`  ],\n  ${JSON.stringify(totals).slice(1)}`);
  }
}

/** What all results come to. */
class Totals {
  count = 0;
  metered = 0;
  replayedBefore = 0;
  gone = 0;
  keptCount = 0;
  readonly kept = new Map<string, number>();
  readonly byUser = new Map<string, number>();
  readonly octets = { input: 0, output: 0, nobodys: 0 };

  add(result: Result): void {
    this.count++;
    if (result.kind === 'metered') this.#addMetered(result);
    else if (result.kind === 'replayed-before') this.replayedBefore++;
    else if (result.kind === 'gone') this.gone++;
    else {
      this.keptCount++;
      this.kept.set(result.reason, (this.kept.get(result.reason) ?? 0) + 1);
    }
  }

  #addMetered({ outcome }: Extract<Result, { kind: 'metered' }>): void {
    this.metered++;
    if (outcome.kind !== 'recorded') return;
    const { delta, subscriber } = outcome;
    const octets = delta.input + delta.output;
    this.octets.input += delta.input;
    this.octets.output += delta.output;
    if (subscriber === undefined) this.octets.nobodys += octets;
    else this.byUser.set(subscriber.username, (this.byUser.get(subscriber.username) ?? 0) + octets);
  }
}

function lineOf(result: Result, dayOf: DayOf): string {
  switch (result.kind) {
    case 'gone':
      return `${result.id}: was discarded meanwhile`;
    case 'replayed-before':
      return `${result.request.id}: was replayed at ${instantShown(result.request.replayedAt)}; nothing is added`;
    case 'kept':
      return `${result.request.id}: still set aside: ${result.reason} (${result.detail})`;
    case 'metered':
      return `${result.request.id}: ${meteredText(result.outcome, dayOf)}`;
    default:
      return result satisfies never;
  }
}

function meteredText(outcome: Metered, dayOf: DayOf): string {
  if (outcome.kind === 'closed-sessions') return `presumed ${outcome.closed} open session(s) closed`;
  const { run, delta, subscriber, record } = outcome;
  const session = run.radacctId === undefined ? 'a new session' : `session ${run.radacctId}`;
  const added = `${octetsText(delta.input)} up, ${octetsText(delta.output)} down`;
  return `${session}: ${added}, on ${dayOf(record.eventAt)}, charged to ${subscriber?.username ?? 'nobody'}`;
}

function shapeOf(result: Result, dayOf: DayOf) {
  switch (result.kind) {
    case 'gone':
      return { id: result.id, result: 'gone' };
    case 'replayed-before':
      return {
        id: result.request.id,
        result: 'replayed-before',
        replayed_at: instantShown(result.request.replayedAt),
      };
    case 'kept':
      return { id: result.request.id, result: 'kept', reason: result.reason, detail: result.detail };
    case 'metered':
      return { id: result.request.id, result: 'metered', ...meteredShape(result.outcome, dayOf) };
    default:
      return result satisfies never;
  }
}

/** As `trace` shows it: `session` null for one that this very record made, `user` null where nobody is charged. */
function meteredShape(outcome: Metered, dayOf: DayOf) {
  if (outcome.kind === 'closed-sessions') return { closed_sessions: outcome.closed };
  const { how, run, delta, subscriber, record } = outcome;
  return {
    run: how,
    session: run.radacctId ?? null,
    day: dayOf(record.eventAt),
    added: { input: delta.input, output: delta.output },
    user: subscriber?.username ?? null,
  };
}
