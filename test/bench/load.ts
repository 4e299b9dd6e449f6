/** Makes the bench's load: ready-to-send Accounting-Requests of realistic sessions, and the octets they add up to. */
import { hash } from 'node:crypto';
import { type Random, seededRandom, wholeBetween } from '../../src/simulate/random.ts';

export interface LoadOptions {
  readonly sessionCount: number;
  readonly userCount: number;
  readonly nasCount: number;
  readonly interimCount: number;
  readonly secret: string;
  readonly seed: number;
  /** Users are named by this and their number, from 0. */
  readonly userPrefix: string;
  /** Share of packets sent later than their turn, up to two rounds later. */
  readonly late: number;
  /** Share of records sent again under another Identifier, up to a round later. */
  readonly duplicate: number;
  /** Epoch seconds at which the last event happens. */
  readonly endsAt: number;
}

export interface Load {
  /** For replay.c: each packet behind its length, in sending order, packet i under Identifier i % 256. */
  readonly file: Buffer;
  readonly packetCount: number;
  readonly totalOctets: number;
}

interface Session {
  readonly number: number;
  readonly user: number;
  readonly nas: number;
  readonly stationId: string;
  inputOctets: number;
  outputOctets: number;
  seconds: number;
}

interface Turn {
  readonly at: number;
  readonly status: number;
  readonly session: Session;
}

const START = 1;
const STOP = 2;
const INTERIM_UPDATE = 3;
const INTERIM_SECONDS = 300;
const STOP_SECONDS = 60;
const PACKET_MAX_BYTES = 512;

/** Returns the load of these options: all Starts, then rounds of Interim-Updates with growing counters (some past 4 GiB, so that Gigawords matter), then all Stops. The same options give the same bytes. */
export function makeLoad(options: LoadOptions): Load {
  const random = seededRandom(options.seed);
  const sessions = Array.from({ length: options.sessionCount }, (_, number) =>
    newSession(number, options, random),
  );
  const turns = takeTurns(sessions, options, random).sort((a, b) => a.at - b.at);
  const startedAt = options.endsAt - options.interimCount * INTERIM_SECONDS - STOP_SECONDS;
  const file = Buffer.alloc(turns.length * PACKET_MAX_BYTES);
  let end = 0;
  turns.forEach((turn, index) => {
    const length = writePacket(file.subarray(end + 2), { turn, identifier: index % 256, startedAt, options });
    file.writeUInt16BE(length, end);
    end += 2 + length;
  });
  const totalOctets = sessions.reduce((sum, one) => sum + one.inputOctets + one.outputOctets, 0);
  if (!Number.isSafeInteger(totalOctets))
    throw new Error('the load has more octets than a number holds exactly');
  return { file: file.subarray(0, end), packetCount: turns.length, totalOctets };
}

function newSession(number: number, options: LoadOptions, random: Random): Session {
  const pairs = Array.from({ length: 6 }, () => wholeBetween(random, 0, 256).toString(16).padStart(2, '0'));
  return {
    number,
    user: wholeBetween(random, 0, options.userCount),
    nas: wholeBetween(random, 0, options.nasCount),
    stationId: pairs.join('-').toUpperCase(),
    inputOctets: 0,
    outputOctets: 0,
    seconds: 0,
  };
}

function takeTurns(sessions: readonly Session[], options: LoadOptions, random: Random): Turn[] {
  const turns: Turn[] = [];
  const round = Math.max(2, sessions.length);
  const take = (session: Session, status: number) => {
    const turn = turns.length;
    const snapshot = { ...session };
    const late = random() < options.late ? wholeBetween(random, 1, 2 * round) : 0;
    turns.push({ at: turn + late, status, session: snapshot });
    if (random() >= options.duplicate) return;
    turns.push({ at: turn + wholeBetween(random, 1, round), status, session: snapshot });
  };
  const grow = (session: Session, seconds: number, inputBelow: number, outputBelow: number) => {
    session.seconds += seconds;
    session.inputOctets += wholeBetween(random, 0, inputBelow);
    session.outputOctets += wholeBetween(random, 0, outputBelow);
  };
  for (const session of sessions) take(session, START);
  for (let interim = 0; interim < options.interimCount; interim++) {
    for (const session of sessions) {
      grow(session, INTERIM_SECONDS, 50_000_000, 2_500_000_000);
      take(session, INTERIM_UPDATE);
    }
  }
  for (const session of sessions) {
    grow(session, STOP_SECONDS, 5_000_000, 50_000_000);
    take(session, STOP);
  }
  return turns;
}

interface PacketParts {
  readonly turn: Turn;
  readonly identifier: number;
  readonly startedAt: number;
  readonly options: LoadOptions;
}

/** Writes an Accounting-Request at the start of `into` and returns its length. Written by hand, apart from src/radius: a measure should not share the errors of what it measures. */
function writePacket(into: Buffer, { turn, identifier, startedAt, options }: PacketParts): number {
  const { session, status } = turn;
  const attributes = new AttributeWriter(into, 20);
  attributes.number(40, status);
  attributes.text(1, `${options.userPrefix}${session.user}`);
  attributes.number(4, 0x0a000001 + session.nas);
  attributes.text(32, `ap-${session.nas}`);
  attributes.number(5, 15_728_640 + session.nas);
  attributes.number(61, 19);
  attributes.text(31, session.stationId);
  attributes.text(30, `AA-BB-CC-00-00-${session.nas.toString(16).padStart(2, '0').toUpperCase()}:campus`);
  attributes.text(44, `s${options.seed.toString(16)}-${session.number.toString(16).padStart(8, '0')}`);
  attributes.number(8, 0xac100000 + (session.number & 0xffff));
  attributes.number(45, 1);
  attributes.number(55, startedAt + session.seconds);
  attributes.number(41, 0);
  if (status !== START) writeCounters(attributes, session);
  if (status === STOP) attributes.number(49, 1);
  const length = attributes.end;
  into.writeUInt8(4, 0);
  into.writeUInt8(identifier, 1);
  into.writeUInt16BE(length, 2);
  into.fill(0, 4, 20);
  const signed = Buffer.concat([into.subarray(0, length), Buffer.from(options.secret)]);
  hash('md5', signed, 'buffer').copy(into, 4); // RFC 2866 §3
  return length;
}

function writeCounters(attributes: AttributeWriter, session: Session): void {
  attributes.number(46, session.seconds);
  attributes.number(42, session.inputOctets % 2 ** 32);
  attributes.number(43, session.outputOctets % 2 ** 32);
  attributes.number(52, Math.floor(session.inputOctets / 2 ** 32));
  attributes.number(53, Math.floor(session.outputOctets / 2 ** 32));
  attributes.number(47, Math.floor(session.inputOctets / 900));
  attributes.number(48, Math.floor(session.outputOctets / 900));
}

class AttributeWriter {
  readonly #bytes: Buffer;
  end: number;

  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes;
    this.end = start;
  }

  number(type: number, value: number): void {
    this.#bytes.writeUInt8(type, this.end);
    this.#bytes.writeUInt8(6, this.end + 1);
    this.end = this.#bytes.writeUInt32BE(value, this.end + 2);
  }

  text(type: number, value: string): void {
    this.#bytes.writeUInt8(type, this.end);
    this.#bytes.writeUInt8(2 + value.length, this.end + 1);
    this.end += 2 + this.#bytes.write(value, this.end + 2, 'latin1');
  }
}
