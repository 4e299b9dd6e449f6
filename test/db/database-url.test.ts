/** The database-url setting: what it may say, and that no message repeats a password. */
import { describe, expect, test } from 'vitest';
import { parseDatabaseUrl } from '../../src/db/database-url.ts';

const MYSQL = {
  dialect: 'mysql',
  host: 'db.example',
  port: 3306,
  socketPath: undefined,
  user: 'meter',
  password: 's3cret',
  database: 'radius',
};

describe('a database URL', () => {
  test.each([
    ['a relative file', 'sqlite:./var/radmeter.db', { dialect: 'sqlite', filename: './var/radmeter.db' }],
    ['an absolute file', 'sqlite:/srv/radmeter.db', { dialect: 'sqlite', filename: '/srv/radmeter.db' }],
    ['memory', 'sqlite::memory:', { dialect: 'sqlite', filename: ':memory:' }],
    ['a server', 'mysql://meter:s3cret@db.example/radius', MYSQL],
    ['a server by the name of MariaDB', 'mariadb://meter:s3cret@db.example/radius', MYSQL],
    ['a port', 'mysql://meter:s3cret@db.example:3307/radius', { ...MYSQL, port: 3307 }],
    ['an IPv6 address', 'mysql://meter:s3cret@[2001:db8::1]/radius', { ...MYSQL, host: '2001:db8::1' }],
    ['signs that URLs escape', 'mysql://meter:a%40b%2Fc@db.example/radius', { ...MYSQL, password: 'a@b/c' }],
    ['no password', 'mysql://meter@db.example/radius', { ...MYSQL, password: '' }],
    [
      'a unix socket',
      'mysql://meter:s3cret@localhost/radius?socket=/run/mysqld/mysqld.sock',
      { ...MYSQL, host: 'localhost', socketPath: '/run/mysqld/mysqld.sock' },
    ],
  ])('names %s', (_name, text, address) => {
    expect(parseDatabaseUrl(text)).toEqual(address);
  });

  test.each([
    ['no file', 'sqlite:', 'names no file'],
    ['no database', 'mysql://meter:s3cret@db.example', 'names no database'],
    ['no database behind the slash', 'mysql://meter:s3cret@db.example/', 'names no database'],
    ['another database', 'postgres://meter:s3cret@db.example/radius', '"postgres:…"'],
    ['a port out of range', 'mysql://meter:s3cret@db.example:99999/radius', '"mysql:…"'],
    ['a broken escape in the password', 'mysql://meter:s3cret%zz@db.example/radius', 'write %25'],
    ['a broken escape in the name', 'mysql://meter:s3cret@db.example/100%', 'write %25'],
    ['a bare path', './radmeter.db', 'expected sqlite:PATH'],
    ['nothing', '', 'expected sqlite:PATH'],
  ])('is refused with %s', (_name, text, reason) => {
    const refusal = expect.objectContaining({ code: 'invalid', message: expect.stringContaining(reason) });
    expect(() => parseDatabaseUrl(text)).toThrow(refusal);
    expect(() => parseDatabaseUrl(text)).not.toThrow(/s3cret/);
  });
});
