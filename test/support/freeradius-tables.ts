/** The tables of FreeRADIUS 3.2's schema.sql that we share, as it creates them on each database. */
import type { Dialect } from '../../src/db/dialect.ts';

const KEY: Record<Dialect, string> = {
  mysql: 'NOT NULL auto_increment PRIMARY KEY',
  sqlite: 'PRIMARY KEY AUTOINCREMENT',
};
const NUMBER: Record<Dialect, string> = { mysql: 'int(11) unsigned', sqlite: 'INTEGER' };

const RADACCT_COLUMNS = `
  acctsessionid varchar(64) NOT NULL default '',
  acctuniqueid varchar(32) NOT NULL default '',
  username varchar(64) NOT NULL default '',
  realm varchar(64) default '',
  nasipaddress varchar(15) NOT NULL default '',
  nasportid varchar(32) default NULL,
  nasporttype varchar(32) default NULL,
  acctstarttime datetime NULL default NULL,
  acctupdatetime datetime NULL default NULL,
  acctstoptime datetime NULL default NULL,
  acctinterval int(12) default NULL,
  acctsessiontime int(12) default NULL,
  acctauthentic varchar(32) default NULL,
  connectinfo_start varchar(128) default NULL,
  connectinfo_stop varchar(128) default NULL,
  acctinputoctets bigint(20) default NULL,
  acctoutputoctets bigint(20) default NULL,
  calledstationid varchar(50) NOT NULL default '',
  callingstationid varchar(50) NOT NULL default '',
  acctterminatecause varchar(32) NOT NULL default '',
  servicetype varchar(32) default NULL,
  framedprotocol varchar(32) default NULL,
  framedipaddress varchar(15) NOT NULL default '',
  framedipv6address varchar(45) NOT NULL default '',
  framedipv6prefix varchar(45) NOT NULL default '',
  framedinterfaceid varchar(44) NOT NULL default '',
  delegatedipv6prefix varchar(45) NOT NULL default '',
  class varchar(64) default NULL`;

const RADACCT_INDEXES = [
  'CREATE UNIQUE INDEX acctuniqueid ON radacct (acctuniqueid)',
  ...[
    'username',
    'framedipaddress',
    'framedipv6address',
    'framedipv6prefix',
    'framedinterfaceid',
    'delegatedipv6prefix',
    'acctsessionid',
    'acctsessiontime',
    'acctstarttime',
    'acctinterval',
    'acctstoptime',
    'nasipaddress',
    'class',
  ].map((column) => `CREATE INDEX ${column} ON radacct (${column})`),
];

/** Returns the statements that create FreeRADIUS's tables and indexes. */
export function freeradiusTables(dialect: Dialect): string[] {
  const radacctKey = dialect === 'mysql' ? 'bigint(21)' : 'INTEGER';
  // MySQL's schema gives the key's index the first 32 characters.
  const part = dialect === 'mysql' ? '(32)' : '';
  const attributeTable = (table: string, key: string, op: string) => [
    `CREATE TABLE ${table} (
      id ${NUMBER[dialect]} ${KEY[dialect]},
      ${key} varchar(64) NOT NULL default '',
      attribute varchar(64) NOT NULL default '',
      op char(2) NOT NULL DEFAULT '${op}',
      value varchar(253) NOT NULL default '')`,
    `CREATE INDEX ${table}_key ON ${table} (${key}${part})`,
  ];
  return [
    `CREATE TABLE radacct (radacctid ${radacctKey} ${KEY[dialect]}, ${RADACCT_COLUMNS})`,
    ...RADACCT_INDEXES,
    ...attributeTable('radcheck', 'username', '=='),
    ...attributeTable('radgroupcheck', 'groupname', '=='),
    ...attributeTable('radgroupreply', 'groupname', '='),
    ...attributeTable('radreply', 'username', '='),
    `CREATE TABLE radusergroup (
      id ${NUMBER[dialect]} ${KEY[dialect]},
      username varchar(64) NOT NULL default '',
      groupname varchar(64) NOT NULL default '',
      priority int(11) NOT NULL default '1')`,
    `CREATE INDEX usergroup_username ON radusergroup (username${part})`,
    `CREATE TABLE radpostauth (
      id ${dialect === 'mysql' ? 'int(11)' : 'INTEGER'} ${KEY[dialect]},
      username varchar(64) NOT NULL default '',
      pass varchar(64) NOT NULL default '',
      reply varchar(32) NOT NULL default '',
      authdate ${
        dialect === 'mysql'
          ? 'timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)'
          : 'timestamp NOT NULL'
      },
      class varchar(64) default NULL)`,
    'CREATE INDEX radpostauth_class ON radpostauth (class)',
    `CREATE TABLE nas (
      id ${dialect === 'mysql' ? 'int(10)' : 'INTEGER'} ${KEY[dialect]},
      nasname varchar(128) NOT NULL,
      shortname varchar(32),
      type varchar(30) DEFAULT 'other',
      ports int(5),
      secret varchar(60) DEFAULT 'secret' NOT NULL,
      server varchar(64),
      community varchar(50),
      description varchar(200) DEFAULT 'RADIUS Client')`,
    'CREATE INDEX nasname ON nas (nasname)',
  ];
}
