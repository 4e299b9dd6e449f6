/** Plays the deliveries of a history through the code under test: real packets, the real decoder, sessions and usage, batch after batch. */
import { ClockOffsets } from '../../../src/accounting/clock-offset.ts';
import { decodeAccountingRequest } from '../../../src/accounting/decode.ts';
import { type AccountingRecord, isSessionRecord } from '../../../src/accounting/record.ts';
import type { Nas } from '../../../src/nas/nas.ts';
import { parsePacket } from '../../../src/radius/packet.ts';
import type { RecordOwner } from '../../../src/sessions/decide-run.ts';
import { presumeClosed, type Run } from '../../../src/sessions/run.ts';
import { SessionLedger } from '../../../src/sessions/session-ledger.ts';
import { testNas } from '../../support/records.ts';
import type { Mark } from './coverage.ts';
import type { Arrival, Delivery } from './delivery.ts';
import { PlayedUsage } from './played-usage.ts';
import { type Story, USERS, userIdOf } from './story.ts';
import { encodeReport } from './wire.ts';

export interface Played {
  /** Octets counted by user and direction; those nobody is charged for under `nobody`. */
  readonly counted: ReadonlyMap<string, { up: number; down: number }>;
  /** Records refused as implausible. */
  readonly refused: number;
  readonly runs: readonly Run[];
  readonly usage: PlayedUsage;
  readonly marks: ReadonlySet<Mark>;
}

const SOURCE = '192.0.2.1';

/** Returns what deliveries in order of arrival come to. */
export function playDeliveries(deliveries: readonly Delivery[], story: Story): Played {
  const player = new Player(story);
  for (const delivery of deliveries) player.take(delivery);
  return player.played();
}

class Player {
  readonly #story: Story;
  readonly #clockOffsets = new ClockOffsets();
  readonly #usage = new PlayedUsage();
  readonly #counted = new Map<string, { up: number; down: number }>();
  readonly #marks = new Set<Mark>();
  readonly #rates: RecordOwner['rates'];
  #nas: Nas = testNas();
  #runs: Run[] = [];
  #refused = 0;

  constructor(story: Story) {
    this.#story = story;
    this.#rates = { inputKbps: story.lineKbps, outputKbps: story.lineKbps };
  }

  take(delivery: Delivery): void {
    if (delivery.kind === 'packet') this.#record(delivery);
    else if (delivery.kind === 'silence') this.#fallSilent(delivery.at);
    else this.#usage.reset(delivery);
  }

  played(): Played {
    return {
      counted: this.#counted,
      refused: this.#refused,
      runs: this.#runs,
      usage: this.#usage,
      marks: this.#marks,
    };
  }

  #record(arrival: Arrival): void {
    const record = this.#decode(arrival);
    // As a batch finds them: read from the database, none changed yet.
    const ledger = new SessionLedger(this.#runs);
    if (isSessionRecord(record)) {
      const decision = ledger.apply(record, { userId: userIdOf(record.userName), rates: this.#rates });
      if (decision.kind !== 'applied') {
        this.#refused += 1;
        return;
      }
      const { run, delta } = decision;
      this.#count(run, delta);
      this.#usage.charge(run, delta, { eventAt: record.eventAt, now: arrival.at });
    } else if (ledger.closeAll(record) > 0) this.#marks.add('presumed close by Accounting-On or -Off');
    this.#keep(ledger.changed());
  }

  #decode({ report, delaySeconds, identifier, at }: Arrival): AccountingRecord {
    const { habits } = this.#story;
    const parsed = parsePacket(encodeReport(report, { habits, identifier, delaySeconds }));
    if (!parsed.ok) throw new Error(`the simulated NAS sent no packet: ${parsed.reason}`);
    const decoded = decodeAccountingRequest(parsed.packet, {
      nasOf: () => this.#nas,
      sourceAddress: SOURCE,
      arrivedAt: at,
      clockOffsetMs: (_, seen) => this.#clockOffsets.observe(SOURCE, seen),
      valueName: () => undefined,
    });
    if (!decoded.ok) throw new Error(`the simulated NAS sent what cannot be metered: ${decoded.detail}`);
    this.#learn(decoded.record);
    return decoded.record;
  }

  /** What the intake learns of a NAS: that it has sent Gigawords. */
  #learn(record: AccountingRecord): void {
    if (this.#nas.sendsGigawords === true || !isSessionRecord(record)) return;
    const hasGigawords = record.input?.gigawords !== undefined || record.output?.gigawords !== undefined;
    if (hasGigawords) this.#nas = { ...this.#nas, sendsGigawords: true };
  }

  #fallSilent(at: number): void {
    const silent = this.#runs.filter(({ closeKind }) => closeKind === 'open');
    if (silent.length > 0) this.#marks.add('presumed close by silence');
    this.#keep(silent.map((run) => presumeClosed(run, at, 'Lost-Carrier')));
  }

  #keep(changed: readonly Run[]): void {
    for (const run of changed) {
      const at = this.#runs.findIndex(
        ({ runKey, runNumber }) => runKey === run.runKey && runNumber === run.runNumber,
      );
      const before = this.#runs[at];
      if (before === undefined) this.#runs.push(run);
      else this.#runs[at] = run;
      if (before?.closeKind === 'presumed' && run.closeKind === 'open') this.#markRevival(before);
    }
  }

  #markRevival({ terminateCause }: Run): void {
    this.#marks.add(
      terminateCause === 'NAS-Reboot' ? 'revival after Accounting-On or -Off' : 'revival after silence',
    );
  }

  #count(run: Run, delta: { input: number; output: number }): void {
    const user = run.userId === undefined ? 'nobody' : (USERS[run.userId - 1] ?? 'nobody');
    const { up, down } = this.#counted.get(user) ?? { up: 0, down: 0 };
    this.#counted.set(user, { up: up + delta.input, down: down + delta.output });
  }
}
