/** What of a change is kept. */
import { expect, it } from 'vitest';
import { changedFields, hiddenSecret, secretChange } from '../../src/audit/changed-fields.ts';

it('is the fields that differ, as they were and as they are', () => {
  const before = { name: 'A', limit: 5, note: null, tags: ['a'] };
  expect(changedFields(before, { name: 'A', limit: null, note: 'x', tags: ['a'] })).toEqual({
    before: { limit: 5, note: null },
    after: { limit: null, note: 'x' },
  });
});

it('is nothing where nothing differs, or only one side has a field', () => {
  expect(changedFields({ name: 'A' }, { name: 'A' })).toBeUndefined();
  expect(changedFields({ name: 'A' }, {})).toBeUndefined();
  expect(changedFields({}, { name: 'A' })).toBeUndefined();
});

it.each([
  ['old', 'new', { before: 'set', after: 'changed' }],
  [null, 'new', { before: null, after: 'set' }],
  ['old', null, { before: 'set', after: null }],
  ['old', 'old', undefined],
  [null, null, undefined],
])('of a secret, %j to %j, is shown without its value', (before, after, shown) => {
  expect(secretChange(before, after)).toEqual(shown);
});

it('says of a secret that it is set, never what it is', () => {
  expect([hiddenSecret('s3cret'), hiddenSecret(null), hiddenSecret(undefined)]).toEqual(['set', null, null]);
});
