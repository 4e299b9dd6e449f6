/** What an import did, kind by kind, and every row it could not bring over as it stood. */

/** What became of a row. `kept`: it is here already, and stays as it is here. */
export type RowOutcome = 'created' | 'updated' | 'unchanged' | 'kept' | 'skipped';

/** A row that somebody should look at. */
export interface RowProblem {
  readonly table: string;
  readonly id: number | string | null;
  /** What people call it, where it has a name. */
  readonly name: string | null;
  readonly outcome: RowOutcome;
  readonly reason: string;
}

export type OutcomeCounts = Readonly<Record<RowOutcome, number>>;

const NOTHING: OutcomeCounts = { created: 0, updated: 0, unchanged: 0, kept: 0, skipped: 0 };

/** Collects; `onProblem` hears of each problem at once. */
export class ImportReport {
  readonly #counts = new Map<string, Record<RowOutcome, number>>();
  readonly #problems: RowProblem[] = [];
  #rowCount = 0;

  /** Counts rows of a kind that came to the same end. */
  count(kind: string, outcome: RowOutcome, rows = 1): void {
    const counts = this.#counts.get(kind) ?? { ...NOTHING };
    counts[outcome] += rows;
    this.#counts.set(kind, counts);
    this.#rowCount += rows;
  }

  /** Notes a row that needs a look; it is counted by itself. */
  note(problem: RowProblem): void {
    this.#problems.push(problem);
  }

  /** Makes sure that a kind is shown, be it with nothing. */
  show(kind: string): void {
    if (!this.#counts.has(kind)) this.#counts.set(kind, { ...NOTHING });
  }

  get counts(): ReadonlyMap<string, OutcomeCounts> {
    return this.#counts;
  }

  get problems(): readonly RowProblem[] {
    return this.#problems;
  }

  /** How many rows have been looked at. */
  get rowCount(): number {
    return this.#rowCount;
  }

  /** Whether anything here was written. */
  get hasChanged(): boolean {
    return [...this.#counts.values()].some(({ created, updated }) => created + updated > 0);
  }
}
