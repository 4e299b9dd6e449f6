/** A simulated network: access points and stations as one state machine that says what to send next. Pure: time and chance are given, nothing is sent here. */
import { type AccessPoint, describeBoot, newAccessPoint } from './access-point.ts';
import { DueQueue } from './due-queue.ts';
import { type Random, seededRandom, wholeBetween } from './random.ts';
import type { SimulatedRequest } from './request.ts';
import {
  connect,
  describeSession,
  moveOctets,
  newStation,
  type Station,
  type StationStatus,
} from './station.ts';

export interface SimulationOptions {
  /** One station each. */
  readonly userNames: readonly string[];
  readonly nasCount: number;
  readonly interimSeconds: number;
  readonly seed: number;
  /** Begins every Acct-Session-Id; another run needs another one, or its sessions would be taken for these. */
  readonly sessionIdPrefix: string;
}

/** Whose request it is: a station's with what it reported, or a booting access point's. */
type Origin =
  | { readonly kind: 'station'; readonly station: Station; readonly octets: number; readonly sentAt: number }
  | { readonly kind: 'boot' };

export class Simulation {
  readonly #options: SimulationOptions;
  readonly #random: Random;
  readonly #accessPoints: readonly AccessPoint[];
  #waitingToBoot: readonly AccessPoint[];
  readonly #stations: readonly Station[];
  #queue = new DueQueue<Station>();
  readonly #unsettled = new Map<SimulatedRequest, Origin>();
  readonly #octets = new Map<string, number>();
  #bootsUnsettled = 0;
  #isStopping = false;
  #sessionCount = 0;
  #unacknowledged = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#accessPoints = Array.from({ length: options.nasCount }, (_, index) => newAccessPoint(index));
    this.#stations = options.userNames.map((name) => newStation(name, this.#random));
    this.#waitingToBoot = this.#accessPoints;
  }

  /** Whether everything that began has ended and been settled, after `stop`. */
  get isFinished(): boolean {
    return this.#isStopping && this.#unsettled.size === 0 && this.#queue.size === 0;
  }

  /** Whether every access point's Accounting-On has been settled. */
  get hasBooted(): boolean {
    return this.#bootsUnsettled === 0 && this.#waitingToBoot.length === 0;
  }

  /** Octets of each user in the last answered report of each session: what the server must have charged, exactly. */
  get acknowledgedOctets(): ReadonlyMap<string, number> {
    return this.#octets;
  }

  /** Octets in sessions that ended with a report nobody answered, beyond their last answered one: charged or not, who knows. */
  get unacknowledgedOctets(): number {
    return this.#unacknowledged;
  }

  /** Returns the next request that is due at `now` (epoch milliseconds), if any; each must be settled. */
  next(now: number): SimulatedRequest | undefined {
    const [accessPoint] = this.#waitingToBoot;
    if (accessPoint !== undefined) return this.#bootAt(accessPoint, now);
    for (;;) {
      const station = this.#queue.take(now);
      if (station === undefined) return undefined;
      if (station.session !== undefined || !this.#isStopping) return this.#reportAt(station, now);
    }
  }

  /** Says whether a request was answered, so that its sender goes on. */
  settle(request: SimulatedRequest, isAcknowledged: boolean, now: number): void {
    const origin = this.#unsettled.get(request);
    if (origin === undefined) return;
    this.#unsettled.delete(request);
    if (origin.kind === 'boot') {
      this.#bootsUnsettled--;
      // No station before every access point is up: a late Accounting-On would close its session.
      if (this.hasBooted) this.#letStationsIn(now);
      return;
    }
    if (isAcknowledged) this.#count(origin.station, origin.octets);
    this.#goOn(origin.station, request.status, origin.sentAt);
  }

  /** Ends every session with a Stop and begins no other. */
  stop(): void {
    this.#isStopping = true;
    this.#waitingToBoot = [];
    const stopping = new DueQueue<Station>();
    for (;;) {
      const station = this.#queue.take(Number.POSITIVE_INFINITY);
      if (station === undefined) break;
      if (station.session !== undefined) stopping.add(0, station);
    }
    this.#queue = stopping;
  }

  #bootAt(accessPoint: AccessPoint, now: number): SimulatedRequest {
    this.#waitingToBoot = this.#waitingToBoot.slice(1);
    this.#bootsUnsettled++;
    const attributes = describeBoot(accessPoint, this.#newSessionId(), now);
    return this.#remember({ status: 'Accounting-On', attributes }, { kind: 'boot' });
  }

  #reportAt(station: Station, now: number): SimulatedRequest {
    const { session, status } = this.#advance(station, now);
    const attributes = describeSession({ station, session, status, now }, this.#random);
    const octets = session.inputOctets + session.outputOctets;
    return this.#remember({ status, attributes }, { kind: 'station', station, octets, sentAt: now });
  }

  #advance(station: Station, now: number) {
    if (station.session === undefined) {
      const index = wholeBetween(this.#random, 0, this.#accessPoints.length);
      const accessPoint = this.#accessPoints[index] ?? newAccessPoint(index);
      const session = connect(
        station,
        { acctSessionId: this.#newSessionId(), accessPoint, now },
        this.#random,
      );
      return { session, status: 'Start' as const };
    }
    const { session } = station;
    moveOctets(session, now, this.#random);
    session.interimsLeft--;
    const status: StationStatus = this.#isStopping || session.interimsLeft < 0 ? 'Stop' : 'Interim-Update';
    return { session, status };
  }

  #count(station: Station, octets: number): void {
    const { session, userName } = station;
    if (session === undefined) return;
    const growth = octets - session.acknowledgedOctets;
    session.acknowledgedOctets = octets;
    this.#octets.set(userName, (this.#octets.get(userName) ?? 0) + growth);
  }

  #goOn(station: Station, status: SimulatedRequest['status'], sentAt: number): void {
    const { session } = station;
    if (status === 'Stop' && session !== undefined) {
      this.#unacknowledged += session.inputOctets + session.outputOctets - session.acknowledgedOctets;
      station.session = undefined;
    }
    if (this.#isStopping) {
      if (station.session !== undefined) this.#queue.add(0, station);
      return;
    }
    this.#queue.add(sentAt + this.#options.interimSeconds * 1_000, station);
  }

  #letStationsIn(now: number): void {
    if (this.#isStopping) return;
    for (const station of this.#stations) {
      this.#queue.add(now + this.#random() * this.#options.interimSeconds * 1_000, station);
    }
  }

  #remember(request: SimulatedRequest, origin: Origin): SimulatedRequest {
    this.#unsettled.set(request, origin);
    return request;
  }

  #newSessionId(): string {
    this.#sessionCount++;
    return `${this.#options.sessionIdPrefix}${this.#sessionCount.toString(16).padStart(8, '0')}`.toUpperCase();
  }
}
