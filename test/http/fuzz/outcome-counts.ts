/** What answers a fuzzing run came to, and which it should have come to and did not. */
import type { Operation } from '../../support/api-operations.ts';
import type { FuzzAnswer } from './expectations.ts';
import { CHANGES, type FuzzRequest, WRITTEN_TYPES } from './requests.ts';

/** Statuses that every run has to see somewhere. */
const STATUSES = ['200', '201', '202', '204', '400', '401', '403', '404', '405', '413', '415'];

export class OutcomeCounts {
  readonly #operations: readonly Operation[];
  readonly #counts = new Map<string, number>();
  #requestCount = 0;

  constructor(operations: readonly Operation[]) {
    this.#operations = operations;
  }

  get requestCount(): number {
    return this.#requestCount;
  }

  add({ operation, method, changes, credential, bodyType }: FuzzRequest, { status }: FuzzAnswer): void {
    this.#requestCount++;
    this.#count(`status ${status}`);
    this.#count(`from ${credential.name}: ${statusClass(status)}`);
    if (bodyType !== undefined) this.#count(`sent as ${bodyType}: ${statusClass(status)}`);
    for (const change of changes) this.#count(`changed ${change}: ${statusClass(status)}`);
    if (method === operation.method) this.#count(`${operation.id}: ${statusClass(status)}`);
  }

  /** Returns how often each outcome was come to. */
  lines(): string[] {
    return [...this.#counts].sort().map(([outcome, count]) => `${String(count).padStart(7)}  ${outcome}`);
  }

  /** Returns the outcomes that a long run must have come to and this one has not. */
  missing(): string[] {
    const wanted = [
      ...STATUSES.map((status) => `status ${status}`),
      ...CHANGES.map((change) => `changed ${change}: 4xx`),
      ...WRITTEN_TYPES.flatMap((type) => [`sent as ${type}: 2xx`, `sent as ${type}: 4xx`]),
      ...this.#operations.map(({ id }) => `${id}: 2xx`),
      // Some answer whoever asks.
      ...this.#operations.filter(({ security }) => security === undefined).map(({ id }) => `${id}: 4xx`),
    ];
    return wanted.filter((outcome) => !this.#counts.has(outcome));
  }

  #count(outcome: string): void {
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1);
  }
}

function statusClass(status: number): string {
  return `${Math.floor(status / 100)}xx`;
}
