/** The senders this process has heard or read about, bounded, and which of them are not written down as they are. */
import type { Octets } from '../radius/octets.ts';
import type { Nas } from './nas.ts';
import { type Sender, senderKey } from './sender.ts';

/** A sender this process has heard itself. */
export interface HeardSender extends Sender {
  /** The NAS it was found as when it was last heard. */
  readonly nas: Nas;
  /** When this process first heard it, epoch milliseconds. */
  readonly firstHeardAt: number;
}

/** What one packet says about who sent it. */
export interface Heard {
  readonly sourceAddress: string;
  readonly nasIdentifier: Octets | undefined;
  readonly lastSeenAt: number;
  readonly clockOffsetMs?: number;
  readonly sendsGigawords?: true;
}

interface Entry {
  sender: Sender | HeardSender;
  /** As its row is; undefined where it has none. */
  written: Sender | undefined;
}

const SENDERS_MAX = 10_000;
/** A row follows the last sight of its sender no closer than this, and its clock no closer than that. */
const LAST_SEEN_STEP_MS = 60_000;
const OFFSET_STEP_MS = 1_000;

export class HeardSenders {
  readonly #sendersMax: number;
  readonly #entries = new Map<string, Entry>();

  constructor(sendersMax = SENDERS_MAX) {
    this.#sendersMax = sendersMax;
  }

  /** Returns what is known of a sender, heard or read. */
  get(address: string, nasIdentifier: Octets | undefined): Sender | undefined {
    return this.#entries.get(senderKey(address, nasIdentifier))?.sender;
  }

  /** Takes note of what one packet says. */
  note(nas: Nas, heard: Heard): void {
    const key = senderKey(heard.sourceAddress, heard.nasIdentifier);
    const entry = this.#entries.get(key);
    const before = entry?.sender;
    const sender: HeardSender = {
      address: key.slice(0, key.indexOf(' ')),
      nasIdentifier: heard.nasIdentifier ?? '',
      lastSeenAt: heard.lastSeenAt,
      clockOffsetMs: heard.clockOffsetMs ?? before?.clockOffsetMs ?? null,
      sendsGigawords: heard.sendsGigawords ?? before?.sendsGigawords ?? false,
      nas,
      firstHeardAt: before !== undefined && isHeard(before) ? before.firstHeardAt : heard.lastSeenAt,
    };
    if (entry === undefined) this.#add(key, { sender, written: undefined });
    else entry.sender = sender;
  }

  /** Takes over what the rows say: everything of those not heard here, and of all who has sent Gigawords. */
  read(rows: readonly Sender[]): void {
    // The last one heard is added last, so that the one heard longest ago is the first to be forgotten.
    for (const row of rows.toReversed()) {
      const key = senderKey(row.address, row.nasIdentifier);
      const entry = this.#entries.get(key);
      if (entry === undefined) this.#add(key, { sender: row, written: row });
      else {
        entry.written = row;
        entry.sender = isHeard(entry.sender)
          ? { ...entry.sender, sendsGigawords: entry.sender.sendsGigawords || row.sendsGigawords }
          : row;
      }
    }
  }

  /** Returns those this process has heard. */
  heard(): HeardSender[] {
    return [...this.#entries.values()].map(({ sender }) => sender).filter(isHeard);
  }

  /** Returns those whose rows say something else by now, so many at most. */
  unwritten(max: number): HeardSender[] {
    const unwritten: HeardSender[] = [];
    for (const { sender, written } of this.#entries.values()) {
      if (unwritten.length >= max) break;
      if (isHeard(sender) && isNews(sender, written)) unwritten.push(sender);
    }
    return unwritten;
  }

  /** Takes note that rows were written as these. */
  wrote(senders: readonly Sender[]): void {
    for (const sender of senders) {
      const entry = this.#entries.get(senderKey(sender.address, sender.nasIdentifier));
      if (entry !== undefined) entry.written = sender;
    }
  }

  /** A NAS-Identifier is free to choose for whoever has the secret, so there is room for so many only. */
  #add(key: string, entry: Entry): void {
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= this.#sendersMax && oldest !== undefined) this.#entries.delete(oldest);
    this.#entries.set(key, entry);
  }
}

function isHeard(sender: Sender | HeardSender): sender is HeardSender {
  return 'firstHeardAt' in sender;
}

function isNews(sender: Sender, written: Sender | undefined): boolean {
  if (written === undefined) return true;
  if (sender.sendsGigawords !== written.sendsGigawords) return true;
  if (sender.lastSeenAt - written.lastSeenAt >= LAST_SEEN_STEP_MS) return true;
  if (sender.clockOffsetMs === null) return false;
  return (
    Math.abs(sender.clockOffsetMs - (written.clockOffsetMs ?? Number.POSITIVE_INFINITY)) >= OFFSET_STEP_MS
  );
}
