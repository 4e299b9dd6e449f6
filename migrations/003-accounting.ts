/** NASes, their sessions and the records that could not be metered: FreeRADIUS 3.2's `radacct` and `nas` with columns of ours behind the standard ones (design §4). */
import type { Knex } from 'knex';
import { adoptTables } from '../src/db/adopt.ts';
import {
  bigint,
  binary,
  boolean,
  type Column,
  type ColumnType,
  defaulted,
  epochMs,
  id,
  index,
  integer,
  localTime,
  longText,
  optional,
  required,
  type Table,
  tinyint,
  unique,
  varbinary,
  varchar,
} from '../src/db/column.ts';
import type { Dialect } from '../src/db/dialect.ts';

/** The longest value of a RADIUS attribute (RFC 2865 §5). */
const ATTRIBUTE_BYTES_MAX = 253;
const IP_TEXT_MAX = 45;

const unsignedInteger: ColumnType = { mysql: 'int unsigned', sqlite: 'int' };
const octets: Column = defaulted(bigint, 0);

const standardSessionColumns: Table['columns'] = {
  radacctid: id,
  acctsessionid: defaulted(varchar(64), ''),
  acctuniqueid: defaulted(varchar(32), ''),
  username: defaulted(varchar(64), ''),
  realm: { ...optional(varchar(64)), defaultSql: { mysql: "''", sqlite: "''" } },
  // FreeRADIUS's 15 characters cut an IPv6 address.
  nasipaddress: { ...defaulted(varchar(IP_TEXT_MAX), ''), widenToCharacters: IP_TEXT_MAX },
  nasportid: optional(varchar(32)),
  nasporttype: optional(varchar(32)),
  acctstarttime: optional(localTime),
  acctupdatetime: optional(localTime),
  acctstoptime: optional(localTime),
  acctinterval: optional(integer),
  acctsessiontime: optional(unsignedInteger),
  acctauthentic: optional(varchar(32)),
  connectinfo_start: optional(varchar(128)),
  connectinfo_stop: optional(varchar(128)),
  acctinputoctets: optional(bigint),
  acctoutputoctets: optional(bigint),
  calledstationid: defaulted(varchar(50), ''),
  callingstationid: defaulted(varchar(50), ''),
  acctterminatecause: defaulted(varchar(32), ''),
  servicetype: optional(varchar(32)),
  framedprotocol: optional(varchar(32)),
  framedipaddress: defaulted(varchar(15), ''),
  framedipv6address: defaulted(varchar(IP_TEXT_MAX), ''),
  framedipv6prefix: defaulted(varchar(IP_TEXT_MAX), ''),
  framedinterfaceid: defaulted(varchar(44), ''),
  delegatedipv6prefix: defaulted(varchar(IP_TEXT_MAX), ''),
  class: optional(varchar(64)),
};

const radacct: Table = {
  name: 'radacct',
  columns: {
    ...standardSessionColumns,
    runkey: optional(binary(16)),
    run_number: defaulted(integer, 0),
    user_id: optional(bigint),
    source_address: optional(varchar(IP_TEXT_MAX)),
    nas_identifier: optional(varbinary(ATTRIBUTE_BYTES_MAX)),
    session_id_raw: optional(varbinary(ATTRIBUTE_BYTES_MAX)),
    user_name_raw: optional(varbinary(ATTRIBUTE_BYTES_MAX)),
    station: optional(varbinary(ATTRIBUTE_BYTES_MAX)),
    called_station_raw: optional(varbinary(ATTRIBUTE_BYTES_MAX)),
    class_token: optional(varbinary(64)),
    // 0 open, 1 stopped by the NAS, 2 presumed over.
    close_kind: defaulted(tinyint, 0),
    // When the events happened, by our clock.
    started_at: optional(epochMs),
    updated_at: optional(epochMs),
    stopped_at: optional(epochMs),
    // The same by the NAS's clock.
    nas_started_at: optional(epochMs),
    nas_updated_at: optional(epochMs),
    arrival_started_at: optional(epochMs),
    arrival_updated_at: optional(epochMs),
    input_packets: octets,
    output_packets: octets,
    // Octets of the session that count for no user.
    unmeteredoctets: octets,
    octets_reversed: defaulted(tinyint, 0),
    octet_unit: defaulted(integer, 1),
    run_flags: defaulted(integer, 0),
  },
  // FreeRADIUS's fourteen would be rewritten on every interim: only what our queries need.
  indexes: [
    unique('radacct_run', ['runkey', 'run_number']),
    index('radacct_user', ['user_id', 'close_kind']),
    index('radacct_source', ['source_address', 'close_kind']),
  ],
};

const nas: Table = {
  name: 'nas',
  columns: {
    id,
    nasname: required(varchar(128)),
    shortname: optional(varchar(32)),
    type: { ...optional(varchar(30)), defaultSql: { mysql: "'other'", sqlite: "'other'" } },
    ports: optional(integer),
    // FreeRADIUS has 60 characters; a table of ours takes whatever RFC 2865 §3 lets a NAS have.
    secret: defaulted(varchar(ATTRIBUTE_BYTES_MAX), 'secret'),
    server: optional(varchar(64)),
    community: optional(varchar(50)),
    description: {
      ...optional(varchar(200)),
      defaultSql: { mysql: "'RADIUS Client'", sqlite: "'RADIUS Client'" },
    },
    // Overrides nasname.
    cidr: optional(varchar(49)),
    // Overrides type.
    kind: optional(varchar(32)),
    previous_secret: optional(varchar(ATTRIBUTE_BYTES_MAX)),
    coa_port: optional(integer),
    require_message_authenticator: optional(boolean),
    // 'rfc', 'reversed', or NULL to find out.
    direction: optional(varchar(8)),
    octet_unit: optional(integer),
    max_rate_kbps: optional(bigint),
    match_identifier: optional(varbinary(ATTRIBUTE_BYTES_MAX)),
    interval_floor_seconds: optional(integer),
    sends_gigawords: optional(boolean),
    clock_offset_ms: optional(bigint),
    last_seen_at: optional(epochMs),
  },
  indexes: [index('nas_nasname', ['nasname'])],
};

const setAside: Table = {
  name: 'set_aside',
  columns: {
    id,
    arrived_at: required(epochMs),
    source_address: required(varchar(IP_TEXT_MAX)),
    source_port: required(integer),
    nas_name: optional(varchar(128)),
    reason: required(varchar(64)),
    detail: optional(longText),
    // The longest RADIUS packet (RFC 2865 §3).
    packet: required(varbinary(4096)),
    replayed_at: optional(epochMs),
  },
  indexes: [index('set_aside_arrived', ['arrived_at'])],
};

const unknownNas: Table = {
  name: 'unknown_nas',
  columns: {
    address: required(varchar(IP_TEXT_MAX)),
    first_seen_at: required(epochMs),
    last_seen_at: required(epochMs),
    packets: defaulted(bigint, 0),
  },
  primaryKey: ['address'],
};

export async function up(knex: Knex, dialect: Dialect): Promise<void> {
  await adoptTables(knex, dialect, [radacct, nas, setAside, unknownNas]);
}
