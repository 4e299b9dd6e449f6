/** Settings: where radmeter keeps what it knows. */
import { type Setting, setting } from './setting.ts';
import { type Parse, refuse, text } from './values.ts';

const DEFAULT_STATE_DIR = './var';

const databaseUrl: Parse<string> = (raw, report) => {
  const value = text(raw, report);
  if (value === undefined || /^sqlite:./.test(value)) return value;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !['mysql:', 'mariadb:'].includes(url.protocol) || url.pathname.length <= 1) {
    return refuse(report, 'expected sqlite:PATH or mysql://user:password@host:3306/name');
  }
  // What stands in a wrong place may be a piece of a password.
  if (/[/@]/.test(url.pathname.slice(1))) {
    return refuse(report, 'a "/" or "@" too many; write %2F and %40 for those in a password');
  }
  if ([...url.searchParams.keys()].some((key) => key !== 'socket')) {
    return refuse(report, 'an unknown option after "?"; only socket=PATH is known');
  }
  if (!isDecodable(url)) return refuse(report, 'a "%" in it begins no escape; write %25 for it');
  return value;
};

function isDecodable({ username, password, pathname }: URL): boolean {
  try {
    decodeURIComponent(`${username} ${password} ${pathname}`);
    return true;
  } catch {
    // decodeURIComponent's only way to say that an escape is none, or no UTF-8.
    return false;
  }
}

/** The settings, in the order in which they are shown. */
export const PLACE_SETTINGS = {
  databaseUrl: setting<string>({
    name: 'database-url',
    type: 'URL',
    description: 'The database: sqlite:PATH, or mysql://user:password@host:3306/name for MariaDB and MySQL.',
    default: `sqlite:${DEFAULT_STATE_DIR}/radmeter.db`,
    example: 'mysql://radmeter:password@localhost/radmeter',
    parse: databaseUrl,
    secret: true,
    everywhere: true,
    show: redactUrl,
  }),
  stateDir: setting<string>({
    name: 'state-dir',
    type: 'path',
    description: 'The directory radmeter may write to.',
    default: DEFAULT_STATE_DIR,
    example: '/var/lib/radmeter',
    parse: text,
    everywhere: true,
  }),
} satisfies Record<string, Setting<unknown>>;

/** Returns a database URL without its password. */
export function redactUrl(value: string): string {
  if (!URL.canParse(value)) return value;
  const url = new URL(value);
  if (url.password === '') return value;
  url.password = '***';
  return url.href;
}
