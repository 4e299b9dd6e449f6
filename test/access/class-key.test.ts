import { expect, it } from 'vitest';
import { fixClassKey, knownClassTokens } from '../../src/access/class-key.ts';
import { ClassTokens } from '../../src/access/class-token.ts';
import { openDatabase } from '../../src/db/database.ts';
import { describeEachDatabase } from '../support/databases.ts';

describeEachDatabase('the key that signs Class values', (getDatabase) => {
  it('is made once, by whichever instance comes first', async () => {
    const { db, url } = getDatabase();
    expect(await knownClassTokens(db)).toBeUndefined();
    const other = openDatabase(url);
    try {
      const keys = await Promise.all([fixClassKey(db), fixClassKey(other), fixClassKey(db)]);
      const token = new ClassTokens(keys[0]).issue(7);
      for (const key of keys) expect(new ClassTokens(key).find([token])?.userId).toBe(7);
      expect((await knownClassTokens(other))?.find([token])?.userId).toBe(7);
    } finally {
      await other.close();
    }
  });

  it('is refused where it is none', async () => {
    const { db } = getDatabase();
    await db.knex('settings').insert({ name: 'class_key', value: 'c2hvcnQ=' });
    await expect(fixClassKey(db)).rejects.toThrow('settings.class_key: expected 32 bytes in base64');
  });
});
