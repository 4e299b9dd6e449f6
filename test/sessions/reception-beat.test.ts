import { expect, it } from 'vitest';
import { ReceptionBeat } from '../../src/sessions/reception-beat.ts';
import { listInstances } from '../../src/sessions/reception-store.ts';
import { commandContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';

const at = (time: string) => `2025-12-11T${time}Z`;
const ms = (time: string) => Date.parse(at(time));

describeEachDatabase('an instance', (getDatabase) => {
  const start = (extra: Partial<ConstructorParameters<typeof ReceptionBeat>[0]> = {}) => {
    const { clock } = commandContext(getDatabase().db, at('12:00:00'));
    const beat = new ReceptionBeat({
      db: getDatabase().db,
      clock,
      instanceId: 'a',
      host: 'alpha',
      isReceiving: () => true,
      spooledRecords: () => 0,
      ...extra,
    });
    const beatAt = async (time: string) => {
      clock.set(at(time));
      await beat.beat();
    };
    return { beat, clock, beatAt };
  };
  const since = async () => (await listInstances(getDatabase().db)).map((row) => row.receivingSince);

  it('says that it is receiving, since when, and what its spool holds', async () => {
    let spooled = 0;
    const { beatAt } = start({ spooledRecords: () => spooled });
    await beatAt('12:00:00');
    spooled = 3;
    await beatAt('12:00:10');
    expect(await listInstances(getDatabase().db)).toEqual([
      { id: 'a', host: 'alpha', receivingSince: ms('12:00:00'), beatAt: ms('12:00:10'), spooledRecords: 3 },
    ]);
  });

  it('begins to receive anew after a start, however short the break, and after a stop of its process', async () => {
    await start().beatAt('12:00:00');
    const { beatAt } = start();
    await beatAt('12:00:05');
    expect(await since()).toEqual([ms('12:00:05')]);
    await beatAt('12:00:35');
    expect(await since()).toEqual([ms('12:00:05')]);
    await beatAt('12:01:06');
    expect(await since()).toEqual([ms('12:01:06')]);
  });

  it('does not beat while it cannot receive, and begins anew when it can', async () => {
    let isReceiving = true;
    const { beatAt } = start({ isReceiving: () => isReceiving });
    await beatAt('12:00:00');
    isReceiving = false;
    for (const time of ['12:00:10', '12:00:20', '12:00:30']) await beatAt(time);
    expect((await listInstances(getDatabase().db)).map((row) => row.beatAt)).toEqual([ms('12:00:00')]);
    isReceiving = true;
    await beatAt('12:00:40');
    expect(await since()).toEqual([ms('12:00:40')]);
  });

  it('begins anew after the database was away', async () => {
    const { knex } = getDatabase().db;
    const { beatAt } = start();
    await beatAt('12:00:00');
    await knex.schema.renameTable('instances', 'instances_away');
    try {
      await expect(beatAt('12:00:10')).rejects.toThrow(/instances/);
    } finally {
      await knex.schema.renameTable('instances_away', 'instances');
    }
    await beatAt('12:00:31');
    expect(await since()).toEqual([ms('12:00:31')]);
  });

  it('that ends in good order was last heard of half a minute ago, and begins anew', async () => {
    const { beat, beatAt } = start();
    await start({ instanceId: 'b', host: 'beta' }).beatAt('12:00:00');
    await beatAt('12:00:00');
    await beat.end();
    const heard = async () => (await listInstances(getDatabase().db)).map((row) => row.beatAt);
    expect(await heard()).toEqual([ms('11:59:30'), ms('12:00:00')]);
    await beatAt('12:00:01');
    expect(await since()).toEqual([ms('12:00:01'), ms('12:00:00')]);
  });

  it('that ends long after its last beat keeps that', async () => {
    const { beat, clock, beatAt } = start();
    await beatAt('12:00:00');
    clock.set(at('12:10:00'));
    await beat.end();
    expect((await listInstances(getDatabase().db))[0]?.beatAt).toBe(ms('12:00:00'));
  });

  it('forgets others after an hour, and not itself', async () => {
    await start({ instanceId: 'b', host: 'beta' }).beatAt('12:00:00');
    const { beat, beatAt } = start();
    await beatAt('12:59:59');
    await beat.forgetOthers();
    expect(await since()).toEqual([ms('12:59:59'), ms('12:00:00')]);
    await beatAt('13:00:00');
    await beat.forgetOthers();
    expect((await listInstances(getDatabase().db)).map(({ id }) => id)).toEqual(['a']);
  });

  it('of a long host name has what fits of it', async () => {
    await start({ host: 'h'.repeat(300) }).beatAt('12:00:00');
    expect((await listInstances(getDatabase().db))[0]?.host).toBe('h'.repeat(255));
  });
});
