/** Names that no unique index keeps apart: whoever gives one first has everybody wait who gives one of the same kind. */
import type { Transaction } from './database.ts';

/** Makes whoever else calls this for the same kind wait until the transaction ends, so that a name that is looked for and not found is still free when it is written. */
export async function lockNames({ trx }: Transaction, kind: 'nas' | 'token'): Promise<void> {
  // One statement that makes the row or locks it: to look for it first would be a race again.
  await trx('settings')
    .insert({ name: `names_of_${kind}`, value: '' })
    .onConflict('name')
    .merge();
}
