/** A report as the NAS puts it on the wire: an Accounting-Request by RFC 2866 §5 and RFC 2869 §5, octet for octet. */
import type { Habits } from './habits.ts';
import type { Report, SessionReport } from './report.ts';

export interface Sending {
  readonly habits: Habits;
  readonly identifier: number;
  /** Seconds since the NAS first tried to send it. */
  readonly delaySeconds: number;
}

const STATUS = { Start: 1, Stop: 2, 'Interim-Update': 3, 'Accounting-On': 7, 'Accounting-Off': 8 } as const;
const WORD = 2 ** 32;
const ACCOUNTING_REQUEST = 4;
const LENGTH_MAX = 512;

/** Returns the packet; its Request Authenticator is left zero, since decoding begins where authenticity is proven. */
export function encodeReport(report: Report, { habits, identifier, delaySeconds }: Sending): Buffer {
  const packet = new PacketWriter(identifier);
  packet.integer(40, STATUS[report.status]);
  packet.text(32, 'ap1');
  if (report.stamp !== undefined) packet.integer(55, report.stamp / 1000);
  if (habits.delayTime !== 'absent') packet.integer(41, habits.delayTime === 'zero' ? 0 : delaySeconds);
  if (report.kind === 'session') writeSession(packet, report, habits);
  return packet.finish();
}

function writeSession(packet: PacketWriter, report: SessionReport, habits: Habits): void {
  packet.text(44, report.id);
  if (report.userName !== undefined) packet.text(1, report.userName);
  if (report.station !== undefined) packet.text(31, report.station);
  if (report.sessionTimeSeconds !== undefined) packet.integer(46, report.sessionTimeSeconds);
  writeTotal(packet, report.up, { low: 42, gigawords: 52, habit: habits.gigawords });
  writeTotal(packet, report.down, { low: 43, gigawords: 53, habit: habits.gigawords });
  if (report.packets !== undefined) {
    packet.integer(47, report.packets.up % WORD);
    packet.integer(48, report.packets.down % WORD);
  }
}

function writeTotal(
  packet: PacketWriter,
  total: number | undefined,
  { low, gigawords, habit }: { low: number; gigawords: number; habit: Habits['gigawords'] },
): void {
  if (total === undefined) return;
  const high = Math.floor(total / WORD);
  packet.integer(low, total % WORD);
  if (habit === 'always' || (habit === 'above-zero' && high > 0)) packet.integer(gigawords, high);
}

class PacketWriter {
  readonly #bytes = Buffer.alloc(LENGTH_MAX);
  #length = 20;

  constructor(identifier: number) {
    this.#bytes[0] = ACCOUNTING_REQUEST;
    this.#bytes[1] = identifier;
  }

  integer(type: number, value: number): void {
    this.#head(type, 4);
    this.#length = this.#bytes.writeUInt32BE(value, this.#length);
  }

  text(type: number, value: string): void {
    this.#head(type, value.length);
    this.#length += this.#bytes.write(value, this.#length, 'latin1');
  }

  finish(): Buffer {
    this.#bytes.writeUInt16BE(this.#length, 2);
    return this.#bytes.subarray(0, this.#length);
  }

  #head(type: number, valueLength: number): void {
    this.#bytes[this.#length] = type;
    this.#bytes[this.#length + 1] = valueLength + 2;
    this.#length += 2;
  }
}
