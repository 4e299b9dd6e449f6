import { expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { createLogger } from '../../src/logger.ts';
import { createMetrics } from '../../src/metrics.ts';
import { configuredNases } from '../../src/nas/configured-nas.ts';
import type { Heard } from '../../src/nas/heard-senders.ts';
import { LearnedFacts } from '../../src/nas/learned-facts.ts';
import { BUILT_IN_NASES, mergeNases, type Nas, type NasSource } from '../../src/nas/nas.ts';
import { addNas, updateNas } from '../../src/nas/nas-commands.ts';
import { listNas, listSenders } from '../../src/nas/nas-queries.ts';
import { withSenders } from '../../src/nas/sender.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { testNas } from '../support/records.ts';

const ADDRESS = '192.0.2.1';
const MINUTE = 60_000;

describeEachDatabase('what packets teach about their NASes', (getDatabase) => {
  it('keeps the last sight, the clock offset and Gigawords of a NAS, the newest word winning', async () => {
    const nas = await addedNas();
    const learned = newLearnedFacts();
    learned.note(nas, heard({ lastSeenAt: 1_000, clockOffsetMs: 300, sendsGigawords: true }));
    learned.note(nas, heard({ lastSeenAt: 2_000, clockOffsetMs: 200 }));
    await learned.flush();
    expect(await onlyNas()).toMatchObject({ lastSeenAt: 2_000, clockOffsetMs: 200, sendsGigawords: true });
  });

  it('leaves alone what a later packet says nothing about', async () => {
    const nas = await addedNas();
    const learned = newLearnedFacts();
    learned.note(nas, heard({ lastSeenAt: 1_000, clockOffsetMs: 300, sendsGigawords: true }));
    await learned.flush();
    learned.note(nas, heard({ lastSeenAt: 3_000 }));
    await learned.close();
    expect(await onlyNas()).toMatchObject({ lastSeenAt: 3_000, clockOffsetMs: 300, sendsGigawords: true });
  });

  it('shows of a NAS with several senders the clock furthest off', async () => {
    const nas = await addedNas();
    const learned = newLearnedFacts();
    learned.note(nas, heard({ lastSeenAt: 1_000, clockOffsetMs: -90_000, nasIdentifier: 'ap1' }));
    learned.note(nas, heard({ lastSeenAt: 2_000, clockOffsetMs: 40, nasIdentifier: 'ap2' }));
    await learned.flush();
    expect(await onlyNas()).toMatchObject({ lastSeenAt: 2_000, clockOffsetMs: -90_000 });
  });

  it('does not write over what a person has set meanwhile', async () => {
    const nas = await addedNas();
    await updateNas(context(), 'hall', { sendsGigawords: false });
    const learned = newLearnedFacts();
    learned.note(nas, heard({ sendsGigawords: true }));
    await learned.flush();
    expect((await onlyNas()).sendsGigawords).toBe(false);
  });

  it.each<[string, Nas | undefined, NasSource]>([
    ['of the configuration file', fileNas(), 'file'],
    ['that is built in', BUILT_IN_NASES[0], 'built-in'],
  ])('is not forgotten with a restart of a NAS %s', async (_, nas, source) => {
    if (nas === undefined) throw new Error('there is no such NAS');
    const sourceAddress = nas.prefix;
    const before = newLearnedFacts();
    before.note(
      nas,
      heard({ sourceAddress, lastSeenAt: 1_000, clockOffsetMs: 90_000, sendsGigawords: true }),
    );
    await before.close();
    const after = newLearnedFacts();
    expect(after.known(nas, sourceAddress, undefined).sendsGigawords).toBeNull();
    await after.start();
    expect(after.known(nas, sourceAddress, undefined).sendsGigawords).toBe(true);
    expect(after.knownOffsetMs(sourceAddress, undefined)).toBe(90_000);
    await after.close();
    expect((await listNas(getDatabase().db)).nases).toEqual([]);
    const [shown] = withSenders([{ nas, source }], await listSenders(getDatabase().db));
    expect(shown?.nas).toMatchObject({ lastSeenAt: 1_000, clockOffsetMs: 90_000, sendsGigawords: true });
  });

  it('is told from one instance to the other within a minute', async () => {
    const nas = fileNas();
    const [one, other] = [newLearnedFacts(), newLearnedFacts()];
    await other.start();
    one.note(nas, heard({ lastSeenAt: now, clockOffsetMs: 90_000, sendsGigawords: true }));
    await one.flush();
    await other.flush();
    expect(other.knownOffsetMs(ADDRESS, undefined)).toBeUndefined();
    now += MINUTE;
    await other.flush();
    expect(other.knownOffsetMs(ADDRESS, undefined)).toBe(90_000);
    expect(other.known(nas, ADDRESS, undefined).sendsGigawords).toBe(true);
    await other.close();
  });

  it('is read when the database comes back, if it was away at the start', async () => {
    const learned = newLearnedFacts();
    learned.note(fileNas(), heard({ sendsGigawords: true }));
    await learned.flush();
    const { db } = getDatabase();
    let isAway = true;
    const restarted = new LearnedFacts({
      ...{ clock, logger: createLogger('silent'), metrics: createMetrics() },
      db: {
        ...db,
        get knex() {
          if (isAway) throw new Error('the database is away');
          return db.knex;
        },
      },
    });
    await restarted.start();
    expect(restarted.known(fileNas(), ADDRESS, undefined).sendsGigawords).toBeNull();
    isAway = false;
    await restarted.flush();
    expect(restarted.known(fileNas(), ADDRESS, undefined).sendsGigawords).toBe(true);
    await restarted.close();
  });

  it('is of each sender its own clock, by address and NAS-Identifier, IPv4-mapped addresses unmapped', async () => {
    const learned = newLearnedFacts();
    learned.note(fileNas(), heard({ clockOffsetMs: 1_000, nasIdentifier: 'ap1' }));
    learned.note(fileNas(), heard({ clockOffsetMs: 2_000, nasIdentifier: 'ap2' }));
    learned.note(fileNas(), heard({ clockOffsetMs: 3_000, sourceAddress: '192.0.2.9' }));
    await learned.flush();
    const again = newLearnedFacts();
    await again.start();
    expect(again.knownOffsetMs('::ffff:192.0.2.1', 'ap1')).toBe(1_000);
    expect(again.knownOffsetMs(ADDRESS, 'ap2')).toBe(2_000);
    expect(again.knownOffsetMs('192.0.2.9', undefined)).toBe(3_000);
    expect(again.knownOffsetMs(ADDRESS, undefined)).toBeUndefined();
    await again.close();
  });

  it('writes a sender down again when its clock moved by a second or a minute has passed, not with every packet', async () => {
    const learned = newLearnedFacts();
    const rows = async () => (await listSenders(getDatabase().db)).map(({ lastSeenAt }) => lastSeenAt);
    for (const [lastSeenAt, clockOffsetMs, written] of [
      [1_000, 500, 1_000],
      [2_000, 400, 1_000],
      [3_000, -600, 3_000],
      [62_999, -600, 3_000],
      [63_000, -600, 63_000],
    ] as const) {
      learned.note(fileNas(), heard({ lastSeenAt, clockOffsetMs }));
      await learned.flush();
      expect(await rows()).toEqual([written]);
    }
  });

  it('is kept of a bounded number of senders, in memory and in the table', async () => {
    const learned = newLearnedFacts({ sendersMax: 3 });
    for (let n = 1; n <= 5; n++) {
      learned.note(fileNas(), heard({ lastSeenAt: n, clockOffsetMs: n, nasIdentifier: `ap${n}` }));
      await learned.flush();
    }
    expect(learned.knownOffsetMs(ADDRESS, 'ap2')).toBeUndefined();
    expect(learned.knownOffsetMs(ADDRESS, 'ap5')).toBe(5);
    now += MINUTE;
    await learned.flush();
    expect((await listSenders(getDatabase().db)).map(({ nasIdentifier }) => nasIdentifier)).toEqual([
      ...['ap5', 'ap4', 'ap3'],
    ]);
  });

  it('counts the clocks that are off', async () => {
    const metrics = createMetrics();
    const learned = newLearnedFacts({ metrics });
    learned.note(fileNas(), heard({ lastSeenAt: now, clockOffsetMs: -61_000, nasIdentifier: 'ap1' }));
    learned.note(fileNas(), heard({ lastSeenAt: now, clockOffsetMs: 20, nasIdentifier: 'ap2' }));
    await learned.flush();
    expect((await metrics.nasClocksOff.get()).values).toMatchObject([{ value: 1 }]);
  });

  it('knows from then on that a NAS without a row sends Gigawords, also when the registry has replaced it', () => {
    const learned = newLearnedFacts();
    const nas = testNas({ id: null });
    expect(known(learned, nas)).toBe(nas);
    learned.note(nas, heard({ sendsGigawords: true }));
    expect(known(learned, nas)).toEqual({ ...nas, sendsGigawords: true });
    expect(known(learned, { ...nas })).toEqual({ ...nas, sendsGigawords: true });
  });

  it('knows of a NAS with a row what is not in its row yet', async () => {
    const nas = await addedNas();
    const learned = newLearnedFacts();
    learned.note(nas, heard({ sendsGigawords: true }));
    expect(known(learned, nas).sendsGigawords).toBe(true);
  });

  it('returns one and the same NAS for as long as the registry does', () => {
    const learned = newLearnedFacts();
    const nas = testNas({ id: null });
    learned.note(nas, heard({ sendsGigawords: true }));
    expect(known(learned, nas)).toBe(known(learned, nas));
  });

  it('does not overrule a NAS that is set to send no Gigawords', () => {
    const learned = newLearnedFacts();
    const nas = testNas({ id: null, sendsGigawords: false });
    learned.note(nas, heard({ sendsGigawords: true }));
    expect(known(learned, nas)).toBe(nas);
  });

  it.each<[string, Partial<Nas>, string]>([
    ['at another address', { prefix: '192.0.2.2' }, '192.0.2.2'],
    ['with another NAS-Identifier at the same address', { matchIdentifier: 'ap2' }, ADDRESS],
  ])('says nothing about a NAS %s', (_, other, address) => {
    const learned = newLearnedFacts();
    learned.note(testNas({ id: null }), heard({ sendsGigawords: true }));
    expect(
      learned.known(testNas({ id: null, ...other }), address, other.matchIdentifier ?? undefined)
        .sendsGigawords,
    ).toBeNull();
  });

  let now = 1_700_000_000_000;
  const clock = { now: () => now };

  function heard(facts: Partial<Heard>): Heard {
    return { sourceAddress: ADDRESS, nasIdentifier: undefined, lastSeenAt: 1_000, ...facts };
  }

  function known(learned: LearnedFacts, nas: Nas): Nas {
    return learned.known(nas, ADDRESS, undefined);
  }

  function fileNas(): Nas {
    const [nas] = configuredNases(
      [
        {
          ...{
            name: 'hall',
            address: ADDRESS,
            kind: 'other',
            coaPort: null,
            direction: 'auto',
            octetUnit: 1,
          },
          ...{ requireMessageAuthenticator: true, maxRateKbps: 1_000, matchIdentifier: null },
          ...{ intervalFloorSeconds: 600, sendsGigawords: null },
        },
      ],
      [{ name: 'hall', secrets: ['s'] }],
    );
    if (nas === undefined) throw new Error('there is no NAS');
    return nas;
  }

  function context() {
    return { db: getDatabase().db, clock: systemClock, actor: { name: 'cli:tester', userId: null } };
  }

  function newLearnedFacts(
    options: Partial<ConstructorParameters<typeof LearnedFacts>[0]> = {},
  ): LearnedFacts {
    const { db } = getDatabase();
    const logger = createLogger('silent');
    return new LearnedFacts({ db, clock, logger, metrics: createMetrics(), ...options });
  }

  async function addedNas(): Promise<Nas> {
    await addNas(context(), { name: 'hall', address: ADDRESS, secret: 's3cret' });
    return onlyNas();
  }

  async function onlyNas(): Promise<Nas> {
    const [first] = mergeNases((await listNas(getDatabase().db)).nases, []);
    if (first === undefined) throw new Error('there is no NAS');
    return first.nas;
  }
});
