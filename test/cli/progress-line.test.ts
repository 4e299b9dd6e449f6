/** How far a long command is, on a terminal and nowhere else. */
import { expect, it } from 'vitest';
import { showProgress } from '../../src/cli/progress-line.ts';

const CLEAR_LINE = '\r\u001b[K';

/** A terminal that keeps what it is written. */
function terminalOf(isTTY: boolean) {
  const drawn = Promise.withResolvers<void>();
  const written: string[] = [];
  const write = (text: string) => {
    if (written.push(text) === 2) drawn.resolve();
  };
  return { terminal: { isTTY, columns: 12, write }, written, drawn: drawn.promise };
}

it('shows a line anew, cut to the terminal, and takes it away in the end', async () => {
  const { terminal, written, drawn } = terminalOf(true);
  let count = 0;
  const progress = showProgress(() => `${++count} of 1000 users`, terminal);
  await drawn;
  progress.end();
  expect(written).toEqual([`${CLEAR_LINE}1 of 1000 u`, `${CLEAR_LINE}2 of 1000 u`, CLEAR_LINE]);
});

it('writes nothing into a pipe', () => {
  const { terminal, written } = terminalOf(false);
  const progress = showProgress(() => 'far', terminal);
  progress.end();
  expect(written).toEqual([]);
});
