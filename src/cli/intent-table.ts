/** What was decided about sessions, as the terminal shows it. */
import type { IntentListing } from '../enforcement/intent-queries.ts';
import { type Column, instantShown, printLine, printTable } from './output.ts';

/** Prints decisions below a heading, each with what came of it; nothing where there are none. */
export function printIntents(heading: string, intents: readonly IntentListing[]): void {
  if (intents.length === 0) return;
  printLine(`\n${heading}`);
  printTable(intents, COLUMNS, '');
}

const COLUMNS: readonly Column<IntentListing>[] = [
  { heading: 'DECIDED', value: ({ createdAt }) => instantShown(createdAt) },
  { heading: 'SESSION', value: ({ sessionId }) => sessionId, align: 'right' },
  { heading: 'WHAT', value: ({ kind }) => (kind === 'coa' ? 'change' : 'disconnect') },
  { heading: 'WHY', value: ({ reason }) => reason },
  { heading: 'STATUS', value: ({ status }) => status },
  { heading: 'WHAT CAME OF IT', value: ({ outcome }) => outcome },
];
