/** Whose a session of another server's `radacct` is. */
import type { CommandContext } from '../profiles/command-context.ts';
import { type NameRules, usernameFor } from '../profiles/user-names.ts';
import { octetsFrom } from '../radius/octets.ts';
import type { RadacctSession } from './radacct-session.ts';

/** Finds users by what `radacct` calls them. */
export class RadacctUsers {
  readonly #context: CommandContext;
  readonly #rules: NameRules;

  constructor(context: CommandContext, rules: NameRules) {
    this.#context = context;
    this.#rules = rules;
  }

  /** Returns the user of each session, with the name that finds them; those of nobody known are left out. */
  async of(
    sessions: readonly RadacctSession[],
  ): Promise<Map<RadacctSession, { userId: number; userName: string }>> {
    const names = new Set(
      sessions.flatMap(({ userNames }) => userNames.flatMap((name) => this.#known(name))),
    );
    const rows: { id: number; username: string }[] = await this.#context.db
      .knex('users')
      .whereIn('username', [...names])
      .select('id', 'username');
    const idByName = new Map(rows.map(({ id, username }) => [username, id]));
    const found = new Map<RadacctSession, { userId: number; userName: string }>();
    for (const session of sessions) {
      for (const userName of session.userNames) {
        const userId = this.#known(userName).flatMap((name) => idByName.get(name) ?? [])[0];
        if (userId !== undefined) found.set(session, { userId, userName });
      }
    }
    return found;
  }

  #known(name: string): string[] {
    const username = usernameFor(octetsFrom(Buffer.from(name)), this.#rules);
    return username === undefined ? [] : [username];
  }
}
