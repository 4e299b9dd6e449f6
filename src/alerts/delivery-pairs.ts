/** Finding the deliveries of many alerts and users in one statement. */
import type { Knex } from 'knex';

/** Narrows a query of `alert_deliveries` to these alerts and users, each user with their own alerts: the index then holds one range for each pair, and not for every alert with every user. */
export function wherePairs(
  query: Knex.QueryBuilder,
  pairs: readonly { readonly alertId: number; readonly userId: number }[],
): Knex.QueryBuilder {
  const byAlert = Map.groupBy(pairs, ({ alertId }) => alertId);
  return query.where((any) => {
    if (byAlert.size === 0) any.whereRaw('1 = 0');
    for (const [alertId, some] of byAlert) {
      any.orWhere((one) =>
        one.where('alert_id', alertId).whereIn('user_id', [...new Set(some.map(({ userId }) => userId))]),
      );
    }
  });
}
