/** What commands print, and what people are told about errors. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  errorText,
  instantShown,
  octetsText,
  printFacts,
  printJson,
  printTable,
} from '../../src/cli/output.ts';
import { AppError, ConfigError } from '../../src/errors.ts';

function printedBy(print: () => void): string {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  print();
  return write.mock.calls.map(([text]) => text).join('');
}

afterEach(() => vi.restoreAllMocks());

it.each([
  [0, '0'],
  [1_023, '1023'],
  [1_024, '1024 (1.00 KiB)'],
  [53_687_091_200, '53687091200 (50.00 GiB)'],
  [Number.MAX_SAFE_INTEGER, '9007199254740991 (8.00 PiB)'],
  [-2_048, '-2048 (-2.00 KiB)'],
])('octets are exact, and human beside it: %d', (octets, shown) => {
  expect(octetsText(octets)).toBe(shown);
});

it('instants are UTC to the second, or absent', () => {
  expect(instantShown(1_700_000_000_999)).toBe('2023-11-14T22:13:20Z');
  expect(instantShown(null)).toBeNull();
});

describe('a table', () => {
  const columns = [
    { heading: 'NAME', value: (row: { name: string; count: number | null }) => row.name },
    {
      heading: 'COUNT',
      value: (row: { name: string; count: number | null }) => row.count,
      align: 'right',
    } as const,
  ];

  it('aligns its columns and shows what is absent as a dash', () => {
    const rows = [
      { name: 'Étudiant', count: 7 },
      { name: 'x', count: null },
    ];
    expect(printedBy(() => printTable(rows, columns, ''))).toBe(
      'NAME      COUNT\nÉtudiant      7\nx             -\n',
    );
  });

  it('keeps what others named from moving the cursor', () => {
    const rows = [{ name: 'a\u001b[2J\nb', count: 1 }];
    expect(printedBy(() => printTable(rows, columns, '')).split('\n')[1]).toBe(
      'a\u{fffd}[2J\u{fffd}b      1',
    );
  });

  it('says what to do when it is empty', () => {
    expect(printedBy(() => printTable([], columns, 'Add one.'))).toBe('Add one.\n');
  });
});

it('facts stand below each other', () => {
  expect(
    printedBy(() =>
      printFacts([
        ['name', 'john'],
        ['is active', null],
      ]),
    ),
  ).toBe('name       john\nis active  -\n');
});

it('JSON is JSON', () => {
  expect(JSON.parse(printedBy(() => printJson({ a: [1] })))).toEqual({ a: [1] });
});

it('operating errors speak for themselves, others are internal', () => {
  expect(errorText(new AppError('not_found', 'no user is called john'))).toBe('no user is called john');
  expect(errorText(new ConfigError('language: wrong'))).toBe('language: wrong');
  expect(errorText(new TypeError('x is undefined'))).toMatch(/^Internal error: x is undefined/);
});
