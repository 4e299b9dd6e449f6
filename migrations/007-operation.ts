/** What running the service needs: job runs, API tokens, secrets of users, the audit log and stored settings (design §4, §8, §9). */
import type { Knex } from 'knex';
import { adoptTables } from '../src/db/adopt.ts';
import {
  bigint,
  epochMs,
  id,
  index,
  longText,
  optional,
  required,
  type Table,
  unique,
  varbinary,
  varchar,
} from '../src/db/column.ts';
import type { Dialect } from '../src/db/dialect.ts';

const jobRuns: Table = {
  name: 'job_runs',
  columns: {
    id,
    job: required(varchar(64)),
    due_at: required(epochMs),
    status: required(varchar(16)),
    leased_by: required(varchar(64)),
    leased_until: required(epochMs),
    started_at: required(epochMs),
    finished_at: optional(epochMs),
    item_count: optional(bigint),
    error: optional(longText),
  },
  // One instance of many claims a run by inserting it.
  indexes: [unique('job_runs_once', ['job', 'due_at'])],
};

const apiTokens: Table = {
  name: 'api_tokens',
  columns: {
    id,
    kind: required(varchar(16)),
    token_hash: required(varbinary(32)),
    user_id: optional(bigint),
    role: required(varchar(16)),
    name: optional(varchar(100)),
    created_at: required(epochMs),
    expires_at: optional(epochMs),
    last_used_at: optional(epochMs),
    revoked_at: optional(epochMs),
    replaced_by: optional(bigint),
  },
  indexes: [unique('api_tokens_hash', ['token_hash']), index('api_tokens_user', ['user_id'])],
};

/** What CHAP and MS-CHAPv2 need beyond a hash, where a deployment asks for it (contract §0.16). */
const userSecrets: Table = {
  name: 'user_secrets',
  columns: {
    user_id: required(bigint),
    secret: required(varbinary(1024)),
    nt_hash: optional(varbinary(64)),
    updated_at: required(epochMs),
  },
  primaryKey: ['user_id'],
};

const auditLog: Table = {
  name: 'audit_log',
  columns: {
    id,
    at: required(epochMs),
    actor: required(varchar(150)),
    actor_address: optional(varchar(45)),
    action: required(varchar(64)),
    object_type: required(varchar(32)),
    object_id: optional(varchar(64)),
    before_json: optional(longText),
    after_json: optional(longText),
  },
  indexes: [index('audit_log_at', ['at'])],
};

const settings: Table = {
  name: 'settings',
  columns: { name: required(varchar(64)), value: required(longText) },
  primaryKey: ['name'],
};

export async function up(knex: Knex, dialect: Dialect): Promise<void> {
  await adoptTables(knex, dialect, [jobRuns, apiTokens, userSecrets, auditLog, settings]);
}
