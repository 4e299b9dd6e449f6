/** What is known of how NASes call themselves. */
import { expect, it } from 'vitest';
import { identifiersOf, nasIdentities } from '../../src/import/nas-identity.ts';
import { testNas } from '../support/records.ts';

const ADDRESS = '192.0.2.1';
const sender = (nasIdentifier: string, address = ADDRESS) => ({
  ...{ address, nasIdentifier, lastSeenAt: 0, clockOffsetMs: null, sendsGigawords: false },
});
const entry = (matchIdentifier: string | null, prefix = ADDRESS) => testNas({ prefix, matchIdentifier });

it.each([
  ['nothing where nobody has been heard', {}, undefined],
  ['the one name that was heard', { senders: [sender('hall'), sender('hall')] }, 'hall'],
  ['that it gives none', { senders: [sender('')] }, ''],
  ['nothing where several were heard', { senders: [sender('hall'), sender('attic')] }, undefined],
  ['nothing of another address', { senders: [sender('hall', '192.0.2.2')] }, undefined],
  ['the name of its entry before what was heard', { nases: [entry('hall')], senders: [sender('x')] }, 'hall'],
  ['nothing where there are several entries', { nases: [entry('hall'), entry('attic')] }, undefined],
  ['nothing by an entry without a name', { nases: [entry(null)] }, undefined],
  ['nothing by an entry of another address', { nases: [entry('hall', '192.0.2.2')] }, undefined],
  ['what was said, before all', { given: new Map([[ADDRESS, 'said']]), nases: [entry('hall')] }, 'said'],
])('knows %s', (_, known, expected) => {
  const identityOf = nasIdentities({ given: new Map(), nases: [], senders: [], ...known });
  expect(identityOf(ADDRESS)).toBe(expected);
});

it('reads names that somebody says, none among them', () => {
  expect(identifiersOf(['192.0.2.1=hall=1', '2001:db8::1='])).toEqual(
    new Map([
      ['192.0.2.1', 'hall=1'],
      ['2001:db8::1', ''],
    ]),
  );
  for (const said of ['hall', '=hall', 'router=hall']) {
    expect(() => identifiersOf([said])).toThrow('--nas-identifier: expected ADDRESS=NAME');
  }
});
