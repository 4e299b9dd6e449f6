/** The `database-url` setting: which database, where, and as whom. */
import { AppError } from '../errors.ts';

export type DatabaseAddress =
  | { readonly dialect: 'sqlite'; readonly filename: string }
  | {
      readonly dialect: 'mysql';
      readonly host: string;
      readonly port: number;
      readonly socketPath: string | undefined;
      readonly user: string;
      readonly password: string;
      readonly database: string;
    };

const EXPECTED = 'expected sqlite:PATH or mysql://user:password@host:3306/name';

/** Returns the parts of a database URL; throws AppError `invalid`, never repeating a password, when it is neither `sqlite:PATH` nor `mysql://…/name`. A `?socket=PATH` connects through a unix socket. */
export function parseDatabaseUrl(text: string): DatabaseAddress {
  if (text.startsWith('sqlite:')) {
    const filename = text.slice('sqlite:'.length);
    if (filename === '') throw new AppError('invalid', `database-url names no file; ${EXPECTED}`);
    return { dialect: 'sqlite', filename };
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['mysql:', 'mariadb:'].includes(url.protocol)) {
    throw new AppError('invalid', `database-url has the form "${text.split(':')[0]}:…"; ${EXPECTED}`);
  }
  const database = decoded(url.pathname.slice(1));
  if (database === '') throw new AppError('invalid', `database-url names no database; ${EXPECTED}`);
  return {
    dialect: 'mysql',
    host: url.hostname.replace(/^\[|\]$/g, '') || 'localhost',
    port: url.port === '' ? 3306 : Number(url.port),
    socketPath: url.searchParams.get('socket') ?? undefined,
    user: decoded(url.username),
    password: decoded(url.password),
    database,
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // The cause would repeat nothing useful, and the part may be a password.
    throw new AppError('invalid', 'database-url has a "%" that begins no escape; write %25 for it');
  }
}
