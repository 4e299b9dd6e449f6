/** NASes that are added or renamed at the same time: of those that say the same, one is. */
import { expect, it } from 'vitest';
import { addNas, updateNas } from '../../src/nas/nas-commands.ts';
import { listNas } from '../../src/nas/nas-queries.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { onlyOne } from '../support/only-one.ts';

const PARALLEL = [1, 2, 3, 4, 5, 6, 7, 8];

describeEachDatabase('NASes told of at the same time', (getDatabase) => {
  const context = () => ({
    db: getDatabase().db,
    clock: { now: () => 1_000 },
    actor: { name: 'cli:tester', userId: null },
  });

  it('take a name once', async () => {
    const added = PARALLEL.map((host) =>
      addNas(context(), { name: 'hall', address: `192.0.2.${host}`, secret: 's3cret' }),
    );
    await onlyOne(added, 'conflict');
    expect((await listNas(context().db)).nases).toHaveLength(1);
  });

  it('take an address once', async () => {
    const added = PARALLEL.map((number) =>
      addNas(context(), { name: `hall ${number}`, address: '192.0.2.10', secret: 's3cret' }),
    );
    await onlyOne(added, 'conflict');
    expect((await listNas(context().db)).nases).toHaveLength(1);
  });

  it('are given the same other name once', async () => {
    for (const host of PARALLEL) {
      await addNas(context(), { name: `hall ${host}`, address: `192.0.2.${host}`, secret: 's3cret' });
    }
    const renamed = PARALLEL.map((host) => updateNas(context(), `hall ${host}`, { name: 'hall' }));
    await onlyOne(renamed, 'conflict');
  });
});
