/** Alerts and the history of the old system as rows of ours (contract §1, §7, §8). */
import { ALERT_TYPES, NOTIFICATION_METHODS } from '../alerts/alert.ts';
import {
  TEMPLATE_CHARACTERS_MAX,
  THRESHOLD_DAYS_MAX,
  THRESHOLD_PERCENT_MAX,
} from '../alerts/alert-commands.ts';
import { checkTemplate } from '../alerts/template.ts';
import { AppError } from '../errors.ts';
import { badCell, flagCell, instantText, textCell, textOrNull, wholeCell, wholeOrNull } from './cells.ts';
import { type ColumnValues, canonical, type LegacyKind, type LegacyRow } from './legacy-import.ts';
import { type Ids, reference } from './legacy-kinds.ts';
import type { SourceRow } from './source-database.ts';

/** Returns how alerts are brought over: one whose template would not be taken is there, but inactive. */
export function alertKind({ profiles, users }: { profiles: Ids; users: Ids }): LegacyKind {
  return {
    kind: 'alert',
    table: 'profile_alerts',
    ownTime: ['created_at', 'updated_at'],
    read: (row) => readAlert(row, { profiles, users }),
    find: async (knex, rows) => {
      const profileIds = rows.map(({ columns }) => columns['profile_id'] ?? null);
      const found: (ColumnValues & { id: number })[] = await knex('profile_alerts')
        .whereIn('profile_id', profileIds)
        .select('*');
      return new Map(found.map((row) => [alertName(row), row]));
    },
  };
}

/** No two alerts have all three in common. */
function alertName(columns: ColumnValues): string {
  return `${columns['alert_type']} ${columns['threshold_percent']} of profile ${columns['profile_id']}`;
}

function readAlert(row: SourceRow, { profiles, users }: { profiles: Ids; users: Ids }): LegacyRow {
  const profileId = owner(row, 'profile_id', profiles);
  const template = textOrNull(row, 'message_template');
  const refusal = template === null ? undefined : templateRefusal(template);
  const creator = reference(row, 'created_by_id', users);
  const columns = {
    profile_id: profileId,
    alert_type: choiceCell(row, 'alert_type', ALERT_TYPES),
    threshold_percent: rangeCell(row, 'threshold_percent', 0, THRESHOLD_PERCENT_MAX),
    threshold_days:
      row['threshold_days'] === null ? null : rangeCell(row, 'threshold_days', 1, THRESHOLD_DAYS_MAX),
    notification_method: choiceCell(row, 'notification_method', NOTIFICATION_METHODS),
    is_active: flagCell(row, 'is_active') && refusal === undefined,
    message_template: template,
    period: textOrNull(row, 'period') ?? 'total',
    created_by_id: creator.id,
    created_at: instantText(row, 'created_at'),
    updated_at: instantText(row, 'updated_at'),
  };
  const notes = refusal === undefined ? [] : [`imported inactive: ${refusal}`];
  return { name: alertName(columns), columns, notes: [...notes, ...creator.notes] };
}

/** Returns why a template would not be taken, undefined for a good one. */
function templateRefusal(template: string): string | undefined {
  if ([...template].length > TEMPLATE_CHARACTERS_MAX) return 'its template is too long';
  try {
    checkTemplate(template);
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return `message_template: ${error.message}`;
  }
}

/** Returns how the history is brought over. `profileNames` are those of the source. */
export function historyKind(known: {
  readonly profiles: Ids;
  readonly users: Ids;
  readonly profileNames: ReadonlyMap<number, string>;
}): LegacyKind {
  return {
    kind: 'history',
    table: 'profile_history',
    ownTime: [],
    read: (row) => readHistory(row, known),
    find: async (knex, rows) => {
      const userIds = [...new Set(rows.map(({ columns }) => columns['user_id'] ?? null))];
      const found: (ColumnValues & { id: number })[] = await knex('profile_history')
        .whereIn('user_id', userIds)
        .select('*');
      return new Map(found.map((row) => [historyName(row), row]));
    },
  };
}

const CHANGE_TYPES = ['assigned', 'updated', 'removed'] as const;

function historyName(columns: ColumnValues): string {
  const { user_id: user, change_type: type, changed_at: at, old_profile_name: from } = columns;
  return `${type} of user ${user} at ${canonical(at)}, ${from ?? '-'} to ${columns['new_profile_name'] ?? '-'}`;
}

function readHistory(
  row: SourceRow,
  { profiles, users, profileNames }: { profiles: Ids; users: Ids; profileNames: ReadonlyMap<number, string> },
): LegacyRow {
  const userId = owner(row, 'user_id', users);
  const profileOf = (side: 'old' | 'new') => {
    const theirs = wholeOrNull(row, `${side}_profile_id`);
    const name = textOrNull(row, `${side}_profile_name`);
    if (theirs === null) return { id: null, name };
    return { id: profiles.get(theirs) ?? null, name: name ?? profileNames.get(theirs) ?? null };
  };
  const [before, after] = [profileOf('old'), profileOf('new')];
  const changedBy = wholeOrNull(row, 'changed_by_id');
  const columns = {
    user_id: userId,
    old_profile_id: before.id,
    new_profile_id: after.id,
    changed_by_id: changedBy === null ? null : (users.get(changedBy) ?? null),
    changed_at: instantText(row, 'changed_at'),
    reason: textOrNull(row, 'reason'),
    change_type: choiceCell(row, 'change_type', CHANGE_TYPES),
    old_profile_name: before.name,
    new_profile_name: after.name,
    changed_by_name: textOrNull(row, 'changed_by_name'),
  };
  return { name: historyName(columns), columns, notes: [] };
}

/** A row that cannot be without what it belongs to. */
function owner(row: SourceRow, column: string, ids: Ids): number {
  const theirs = wholeCell(row, column, 1);
  const id = ids.get(theirs);
  if (id !== undefined) return id;
  throw new AppError('invalid', `${column} ${theirs} is unknown or was not imported`);
}

function choiceCell(row: SourceRow, column: string, choices: readonly string[]): string {
  const value = textCell(row, column);
  if (choices.includes(value)) return value;
  throw badCell(column, `one of ${choices.join(', ')}`, value);
}

function rangeCell(row: SourceRow, column: string, min: number, max: number): number {
  const value = wholeCell(row, column);
  if (value >= min && value <= max) return value;
  throw badCell(column, `a whole number from ${min} to ${max}`, value);
}
