/** Who is told of which packet, and what becomes of those who listen slowly. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Submission } from '../../src/accounting/submission.ts';
import { Code } from '../../src/radius/code.ts';
import { loadDictionary } from '../../src/radius/dictionary.ts';
import type { TraceMessage } from '../../src/trace/trace-event.ts';
import type { TraceSubject } from '../../src/trace/trace-filter.ts';
import { TraceHub } from '../../src/trace/trace-hub.ts';
import { attribute, packetOf, signedRequest, type TestAttribute } from '../support/packet-builder.ts';

const dictionary = loadDictionary(join(import.meta.dirname, '../../dictionaries'));
const MANY_BYTES = 1024 ** 2;

/** A watcher that keeps what it is told, as slow as the test wants. */
class Listener {
  bufferedBytes = 0;
  readonly messages: TraceMessage[] = [];
  write(line: string): void {
    this.messages.push(JSON.parse(line));
  }
  get kinds(): string[] {
    return this.messages.map(({ kind }) => kind);
  }
}

function newHub() {
  const hub = new TraceHub({ dictionary, clock: { now: () => 1_700_000_000_123 } });
  const listen = (subject: TraceSubject) => {
    const listener = new Listener();
    return { listener, watch: hub.watch(subject, listener) };
  };
  return { hub, listen };
}

const JOHN: readonly TestAttribute[] = [
  [1, 'john'],
  [32, 'hall-7'],
  [4, Buffer.from([10, 9, 9, 9])],
];

function submission(attributes = JOHN): Submission {
  return {
    decoded: { ok: false, reason: 'no-session-id', detail: 'no Acct-Session-Id', anomalies: [] },
    nasName: 'hall',
    sourceAddress: '192.0.2.10',
    sourcePort: 1024,
    arrivedAt: 1_700_000_000_000,
    clockOffsetMs: undefined,
    bytes: signedRequest({ identifier: 7, attributes }),
  };
}

const SET_ASIDE = { kind: 'set-aside', reason: 'no-session-id', detail: 'no Acct-Session-Id' } as const;

describe('a login', () => {
  const request = {
    packet: packetOf(
      signedRequest({
        ...{ code: 1, identifier: 9, hasRandomAuthenticator: true, messageAuthenticator: 'valid' },
        attributes: [...JOHN, [2, Buffer.alloc(16, 'p')]],
      }),
    ),
    source: { address: '192.0.2.10', port: 1812 },
    arrivedAt: 1_700_000_000_000,
  };
  const login = {
    ...{ request, nasName: 'hall', username: 'john', reason: 'quota_daily', classToken: undefined },
    code: Code.AccessReject,
    attributes: attribute([18, 'Until tomorrow.']),
  } as const;

  it('is told with its answer and the reason, and no password', () => {
    const { hub, listen } = newHub();
    const { listener } = listen('john');
    hub.answeredLogin(login);
    const [, told] = listener.messages;
    expect(told).toMatchObject({
      event: {
        ...{ code: 'Access-Request', identifier: 9, nas: 'hall' },
        outcome: {
          ...{ kind: 'rejected', user: 'john', reason: 'quota_daily' },
          reply: [{ name: 'Reply-Message', value: 'Until tomorrow.' }],
        },
      },
    });
    expect(JSON.stringify(told)).toContain('{"name":"User-Password","value":"***"}');
  });

  it('is nothing to those who watch somebody else', () => {
    const { hub, listen } = newHub();
    const { listener } = listen('jane');
    hub.answeredLogin(login);
    expect(listener.kinds).toEqual(['watching']);
  });
});

describe('a watcher is told of', () => {
  it.each<[string, TraceSubject, boolean]>([
    ['everything', null, true],
    ['a User-Name', 'john', true],
    ['a Chargeable-User-Identity', 'cui-1', true],
    ['a NAS by its name', 'hall', true],
    ['a NAS by its NAS-Identifier', 'hall-7', true],
    ['a NAS by its source address', '192.0.2.10', true],
    ['a NAS by its NAS-IP-Address', '10.9.9.9', true],
    ['a NAS by its prefix', '192.0.2.0/24', true],
    ['nobody of a longer name', 'johnny', false],
    ['nobody of another case', 'John', false],
    ['nobody of another prefix', '192.0.3.0/24', false],
    ['nobody whose other attributes are equal', 'S1', false],
  ])('%s', (_name, subject, isTold) => {
    const { hub, listen } = newHub();
    const { listener } = listen(subject);
    hub.answered([submission([...JOHN, [89, 'cui-1'], [44, 'S1']])], [SET_ASIDE]);
    expect(listener.kinds).toEqual(isTold ? ['watching', 'event'] : ['watching']);
  });

  it('discarded datagrams of a NAS, and of an unknown source, showing nothing of them', () => {
    const { hub, listen } = newHub();
    const { listener } = listen('192.0.2.0/24');
    hub.discarded({ reason: 'bad-authenticator', address: '192.0.2.10', port: 9, nas: { name: 'hall' } });
    hub.discarded({ reason: 'unknown-nas', address: '192.0.2.11', port: 9 });
    hub.discarded({ reason: 'unknown-nas', address: '198.51.100.1', port: 9 });
    const nothing = { time: '2023-11-14T22:13:20.123Z', code: null, identifier: null, attributes: [] };
    expect(listener.messages.slice(1)).toEqual([
      {
        kind: 'event',
        event: {
          ...nothing,
          nas: 'hall',
          source: { address: '192.0.2.10', port: 9 },
          outcome: { kind: 'discarded', reason: 'bad-authenticator' },
        },
      },
      {
        kind: 'event',
        event: {
          ...nothing,
          nas: null,
          source: { address: '192.0.2.11', port: 9 },
          outcome: { kind: 'discarded', reason: 'unknown-nas' },
        },
      },
    ]);
  });

  it('nothing after the watch has ended', () => {
    const { hub, listen } = newHub();
    const { listener, watch } = listen(null);
    watch.end();
    hub.answered([submission()], [SET_ASIDE]);
    expect(listener.kinds).toEqual(['watching']);
  });
});

it('shows a packet decoded, secrets hidden', () => {
  const { hub, listen } = newHub();
  const { listener } = listen(null);
  hub.answered([submission([...JOHN, [2, 'hunter2hunter2hu']])], [SET_ASIDE]);
  expect(listener.messages[1]).toEqual({
    kind: 'event',
    event: {
      time: '2023-11-14T22:13:20.000Z',
      nas: 'hall',
      source: { address: '192.0.2.10', port: 1024 },
      code: 'Accounting-Request',
      identifier: 7,
      attributes: [
        { name: 'User-Name', value: 'john' },
        { name: 'NAS-Identifier', value: 'hall-7' },
        { name: 'NAS-IP-Address', value: '10.9.9.9' },
        { name: 'User-Password', value: '***' },
      ],
      outcome: SET_ASIDE,
    },
  });
});

it('a slow watcher loses events and is told how many, the others lose none', () => {
  const { hub, listen } = newHub();
  const { listener: slow, watch } = listen(null);
  const { listener: quick } = listen(null);
  slow.bufferedBytes = MANY_BYTES;
  hub.answered([submission(), submission()], [SET_ASIDE, SET_ASIDE]);
  expect(slow.kinds).toEqual(['watching']);
  expect(quick.kinds).toEqual(['watching', 'event', 'event']);
  slow.bufferedBytes = MANY_BYTES - 1;
  hub.answered([submission()], [SET_ASIDE]);
  expect(slow.messages.slice(1)).toMatchObject([{ kind: 'missed', count: 2 }, { kind: 'event' }]);
  watch.drained();
  expect(slow.kinds).toEqual(['watching', 'missed', 'event']);
});

it('a slow watcher that nothing more happens for is told as soon as it has read all', () => {
  const { hub, listen } = newHub();
  const { listener, watch } = listen(null);
  listener.bufferedBytes = MANY_BYTES;
  hub.answered([submission()], [SET_ASIDE]);
  listener.bufferedBytes = 0;
  watch.drained();
  expect(listener.messages.slice(1)).toEqual([{ kind: 'missed', count: 1 }]);
});

it('reads no packet while nobody watches', () => {
  const { hub } = newHub();
  const unread = {
    ...submission(),
    get bytes(): Buffer {
      throw new Error('the packet was read');
    },
  };
  expect(() => hub.answered([unread], [SET_ASIDE])).not.toThrow();
});

it('shows what it can of a packet whose framing does not hold', () => {
  const { hub, listen } = newHub();
  const { listener } = listen('hall');
  hub.answered([{ ...submission(), bytes: attribute([1, 'john']) }], [SET_ASIDE]);
  expect(listener.messages[1]).toMatchObject({ event: { code: null, attributes: [], outcome: SET_ASIDE } });
});
