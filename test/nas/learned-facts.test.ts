import { expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { createLogger } from '../../src/logger.ts';
import { LearnedFacts } from '../../src/nas/learned-facts.ts';
import { BUILT_IN_NASES, type Nas } from '../../src/nas/nas.ts';
import { addNas } from '../../src/nas/nas-commands.ts';
import { listNas } from '../../src/nas/nas-queries.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { testNas } from '../support/records.ts';

describeEachDatabase('what packets teach about their NASes', (getDatabase) => {
  it('keeps the last sight, the clock offset and Gigawords of a NAS, the newest word winning', async () => {
    const nas = await addedNas();
    const learned = newLearnedFacts();
    learned.note(nas, { lastSeenAt: 1_000, clockOffsetMs: 300, sendsGigawords: true });
    learned.note(nas, { lastSeenAt: 2_000, clockOffsetMs: 200 });
    await learned.flush();
    expect(await onlyNas()).toMatchObject({ lastSeenAt: 2_000, clockOffsetMs: 200, sendsGigawords: true });
  });

  it('leaves alone what a later packet says nothing about', async () => {
    const nas = await addedNas();
    const learned = newLearnedFacts();
    learned.note(nas, { lastSeenAt: 1_000, sendsGigawords: true });
    await learned.flush();
    learned.note(nas, { lastSeenAt: 3_000 });
    await learned.close();
    expect(await onlyNas()).toMatchObject({ lastSeenAt: 3_000, sendsGigawords: true });
  });

  it('forgets what is learned about a NAS without a row', async () => {
    const [loopback] = BUILT_IN_NASES;
    const learned = newLearnedFacts();
    if (loopback !== undefined) learned.note(loopback, { lastSeenAt: 1_000 });
    await learned.flush();
    expect((await listNas(getDatabase().db)).nases).toEqual([]);
  });

  it('knows from then on that a NAS without a row sends Gigawords, also when the registry has replaced it', () => {
    const learned = newLearnedFacts();
    const nas = testNas({ id: null });
    expect(learned.known(nas)).toBe(nas);
    learned.note(nas, { lastSeenAt: 1_000, sendsGigawords: true });
    expect(learned.known(nas)).toEqual({ ...nas, sendsGigawords: true });
    expect(learned.known({ ...nas })).toEqual({ ...nas, sendsGigawords: true });
  });

  it('knows of a NAS with a row what is not in its row yet', async () => {
    const nas = await addedNas();
    const learned = newLearnedFacts();
    learned.note(nas, { lastSeenAt: 1_000, sendsGigawords: true });
    expect(learned.known(nas).sendsGigawords).toBe(true);
  });

  it('returns one and the same NAS for as long as the registry does', () => {
    const learned = newLearnedFacts();
    const nas = testNas({ id: null });
    learned.note(nas, { lastSeenAt: 1_000, sendsGigawords: true });
    expect(learned.known(nas)).toBe(learned.known(nas));
  });

  it('does not overrule a NAS that is set to send no Gigawords', () => {
    const learned = newLearnedFacts();
    const nas = testNas({ id: null, sendsGigawords: false });
    learned.note(nas, { lastSeenAt: 1_000, sendsGigawords: true });
    expect(learned.known(nas)).toBe(nas);
  });

  it.each<[string, Partial<Nas>]>([
    ['at another address', { prefix: '192.0.2.2' }],
    ['with another NAS-Identifier at the same address', { matchIdentifier: 'ap2' }],
  ])('says nothing about a NAS %s', (_, other) => {
    const learned = newLearnedFacts();
    learned.note(testNas({ id: null }), { lastSeenAt: 1_000, sendsGigawords: true });
    expect(learned.known(testNas({ id: null, ...other })).sendsGigawords).toBeNull();
  });

  function newLearnedFacts(): LearnedFacts {
    return new LearnedFacts({ db: getDatabase().db, clock: systemClock, logger: createLogger('silent') });
  }

  async function addedNas(): Promise<Nas> {
    await addNas(
      { db: getDatabase().db, clock: systemClock },
      { name: 'hall', address: '192.0.2.1', secret: 's3cret' },
    );
    return onlyNas();
  }

  async function onlyNas(): Promise<Nas> {
    const [nas] = (await listNas(getDatabase().db)).nases;
    if (nas === undefined) throw new Error('there is no NAS');
    return nas;
  }
});
