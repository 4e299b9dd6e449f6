/** The rule of contract §3 check_exceeded as SQL, for statements that restate many rows; usage/quota.ts is the same rule for one row. */

/** Returns the SQL condition "the counters of table `usage` reach an allowance of table `profile`"; both are aliases in the statement. Null where there is no profile counts as no. */
export function exceededSql(usage: string, profile: string): string {
  const reaches = (counter: string, limit: string) => `${usage}.${counter} >= ${profile}.${limit}`;
  const conditions = [
    reaches('used_today', 'daily_limit'),
    reaches('used_week', 'weekly_limit'),
    reaches('used_month', 'monthly_limit'),
    `(${profile}.quota_type = 'limited' AND ${reaches('used_total', 'data_volume')})`,
  ];
  // A limit that is null makes its comparison null, which OR and CASE both treat as no.
  return `CASE WHEN ${conditions.join(' OR ')} THEN 1 ELSE 0 END`;
}
