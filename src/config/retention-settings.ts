/** Settings: how long what is over is kept. */
import { keepMs, keepText } from './retention-setting.ts';
import { type Setting, setting } from './setting.ts';

/** The settings, in the order in which they are shown. */
export const RETENTION_SETTINGS = {
  keepSessionsMs: setting<number | null>({
    name: 'keep-sessions',
    type: 'duration or none',
    description:
      'How long sessions that have ended are kept; a record that comes later than this counts as a new session. At least 35d.',
    default: null,
    example: '400d',
    parse: keepMs(35),
    show: keepText,
  }),
  keepUsageDaysMs: setting<number | null>({
    name: 'keep-usage-days',
    type: 'duration or none',
    description: 'How long it is kept what users used on each day; their totals stay. At least 62d.',
    default: null,
    example: '800d',
    parse: keepMs(62),
    show: keepText,
  }),
  keepAuditLogMs: setting<number | null>({
    name: 'keep-audit-log',
    type: 'duration or none',
    description: 'How long it is kept who changed what. At least 1d.',
    default: null,
    example: '1000d',
    parse: keepMs(1),
    show: keepText,
  }),
  keepLogsMs: setting<number | null>({
    name: 'keep-logs',
    type: 'duration or none',
    description:
      'How long runs of jobs (62d at least), answers to logins, disconnections that are over, orders that were carried out, messages that were sent or given up, and notices that were read are kept. At least 1d.',
    default: null,
    example: '90d',
    parse: keepMs(1),
    show: keepText,
  }),
} satisfies Record<string, Setting<unknown>>;
