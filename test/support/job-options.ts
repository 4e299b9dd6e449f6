/** The table of jobs as tests of one of them need it. */
import type { JobTableOptions } from '../../src/schedule/job-table.ts';

/** Nothing is forgotten, and nobody is told of alerts. */
export const KEEPING: Pick<JobTableOptions, 'ages' | 'defaultProfile'> = {
  ages: { keepSessionsMs: null, keepUsageDaysMs: null, keepAuditLogMs: null, keepLogsMs: null },
  defaultProfile: { simultaneousUse: 1 },
};
