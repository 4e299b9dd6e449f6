/** One signal asks for an orderly end, a second one for a quick one. */
import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { stopSignals } from '../../src/cli/signals.ts';

function watched(outputClosed?: AbortSignal) {
  const source = new EventEmitter();
  const clock = { ms: 0 };
  const { stop, hurry } = stopSignals(source, () => clock.ms, outputClosed);
  const at = (ms: number, signal: string) => {
    clock.ms = ms;
    source.emit(signal);
    return [stop.aborted, hurry.aborted];
  };
  return { stop, hurry, at };
}

it('the first signal stops, a later one of either kind hurries', () => {
  const { at } = watched();
  expect(at(0, 'SIGTERM')).toEqual([true, false]);
  expect(at(3_000, 'SIGINT')).toEqual([true, true]);
});

it('a signal that arrives twice at once, from a terminal and forwarded, counts once', () => {
  const { at } = watched();
  at(0, 'SIGINT');
  expect(at(20, 'SIGINT')).toEqual([true, false]);
});

it('stops when nobody reads the output any more', () => {
  const output = new AbortController();
  const { stop, hurry } = watched(output.signal);
  output.abort();
  expect([stop.aborted, hurry.aborted]).toEqual([true, false]);
});
