/** What a campaign of histories came to: over- and undercounts apart, by class of history. */
import { MARKS, type Mark } from './coverage.ts';
import type { History } from './delivery.ts';
import { isClean } from './habits.ts';
import type { Verdict } from './judge.ts';
import { growths } from './truth.ts';

/** One way of arriving, in one class of NAS. */
export type ClassName = 'in order' | 'late, repeated' | 'clean, in order' | 'clean, late, repeated';

/** Histories and octets of a class. */
export interface Figures {
  histories: number;
  octets: number;
  overHistories: number;
  overOctets: number;
  underHistories: number;
  underOctets: number;
  movedOctets: number;
  /** Records set aside as implausible. */
  refused: number;
}

/** The limits of the proof, as shares: of histories, or of the octets over all histories. */
const LIMITS = {
  underHistoriesInOrder: 0.005,
  overOctetsLate: 0.0005,
  /** A total that stays at zero after a restart is believed with the next record, which may be of the next day. */
  misdatedHistories: 0.001,
} as const;

export class Tally {
  readonly marks = new Map<Mark, number>(MARKS.map((mark) => [mark, 0]));
  readonly figures: Record<ClassName, Figures> = {
    'in order': noFigures(),
    'late, repeated': noFigures(),
    'clean, in order': noFigures(),
    'clean, late, repeated': noFigures(),
  };

  /** Of each class the history that is overcounted most. */
  readonly worst = new Map<ClassName, { seed: number; octets: number }>();

  /** Histories in order whose days and periods the truth tells, and those of them that differ. */
  readonly periods = { judged: 0, misdated: 0 };

  /** Adds how the days and periods of a history in order compare; undefined = the truth does not tell. */
  addPeriods(differences: readonly string[] | undefined): void {
    if (differences === undefined) return;
    this.periods.judged += 1;
    if (differences.length > 0) this.periods.misdated += 1;
  }

  /** Adds how one history went. */
  add(
    { story, received }: History,
    verdicts: {
      readonly inOrder: Verdict;
      readonly late: Verdict;
      readonly refusedInOrder: number;
      readonly refusedLate: number;
    },
  ): void {
    const octets = growths(received, story.habits.gigawords).reduce(
      (sum, { up, down }) => sum + up + down,
      0,
    );
    const [inOrder, late] = [
      { octets, verdict: verdicts.inOrder, refused: verdicts.refusedInOrder },
      { octets, verdict: verdicts.late, refused: verdicts.refusedLate },
    ];
    this.#addTo('in order', story.seed, inOrder);
    this.#addTo('late, repeated', story.seed, late);
    if (!isClean(story.habits)) return;
    this.#addTo('clean, in order', story.seed, inOrder);
    this.#addTo('clean, late, repeated', story.seed, late);
  }

  #addTo(name: ClassName, seed: number, played: PlayedVerdict): void {
    addTo(this.figures[name], played);
    const { over } = played.verdict;
    if (over > (this.worst.get(name)?.octets ?? 0)) this.worst.set(name, { seed, octets: over });
  }

  /** Counts the situations that a history held. */
  mark(marks: Iterable<Mark>): void {
    for (const mark of new Set(marks)) this.marks.set(mark, (this.marks.get(mark) ?? 0) + 1);
  }

  /** Returns every limit that does not hold, in words; none when the proof holds. */
  failures(): string[] {
    const inOrder = this.figures['in order'];
    const late = this.figures['late, repeated'];
    const failures = [...this.marks].flatMap(([mark, count]) =>
      count === 0 ? [`no history holds: ${mark}`] : [],
    );
    if (inOrder.overHistories > 0)
      failures.push(`${inOrder.overHistories} histories in order are overcounted`);
    if (inOrder.underHistories > LIMITS.underHistoriesInOrder * inOrder.histories)
      failures.push(`${inOrder.underHistories} of ${inOrder.histories} histories in order are undercounted`);
    if (late.overOctets > LIMITS.overOctetsLate * late.octets)
      failures.push(`${late.overOctets} of ${late.octets} octets late and repeated are overcounted`);
    const clean = this.figures['clean, late, repeated'].overHistories;
    if (clean > 0) failures.push(`${clean} clean histories late and repeated are overcounted`);
    const { judged, misdated } = this.periods;
    if (misdated > LIMITS.misdatedHistories * judged || judged === 0)
      failures.push(`${misdated} of ${judged} histories in order have octets in a wrong day or period`);
    return failures;
  }

  /** Returns the figures and the coverage as text. */
  toString(): string {
    const rows = Object.entries(this.figures).map(([name, figures]) => figuresLine(name, figures));
    const marks = [...this.marks].map(([mark, count]) => `  ${String(count).padStart(7)}  ${mark}`);
    const { judged, misdated } = this.periods;
    const periods = `days and periods: ${misdated} of ${judged} histories in order differ`;
    const worst = [...this.worst].map(
      ([name, { seed, octets }]) => `most octets too many, ${name}: ${octets} in history ${seed}`,
    );
    return [HEADING, ...rows, '', ...worst, periods, '', 'histories that hold:', ...marks].join('\n');
  }
}

const HEADING = [
  'class'.padEnd(24),
  ...['histories', 'over', 'octets', 'under', 'octets', 'moved', 'refused'].map((head) => head.padStart(11)),
].join('');

function figuresLine(name: string, figures: Figures): string {
  const share = (part: number, whole: number) => `${((100 * part) / Math.max(1, whole)).toFixed(4)} %`;
  return [
    name.padEnd(24),
    ...[
      figures.histories,
      figures.overHistories,
      share(figures.overOctets, figures.octets),
      share(figures.underHistories, figures.histories),
      share(figures.underOctets, figures.octets),
      share(figures.movedOctets, figures.octets),
      figures.refused,
    ].map((cell) => String(cell).padStart(11)),
  ].join('');
}

/** How one history went in one order. */
interface PlayedVerdict {
  readonly octets: number;
  readonly verdict: Verdict;
  readonly refused: number;
}

function addTo(figures: Figures, { octets, verdict, refused }: PlayedVerdict): void {
  figures.histories += 1;
  figures.octets += octets;
  if (verdict.over > 0) figures.overHistories += 1;
  figures.overOctets += verdict.over;
  if (verdict.under > 0) figures.underHistories += 1;
  figures.underOctets += verdict.under;
  figures.movedOctets += verdict.moved;
  figures.refused += refused;
}

function noFigures(): Figures {
  return {
    histories: 0,
    octets: 0,
    overHistories: 0,
    overOctets: 0,
    underHistories: 0,
    underOctets: 0,
    movedOctets: 0,
    refused: 0,
  };
}
