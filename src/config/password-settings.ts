/** Settings: what is stored of passwords, and what a FreeRADIUS in front is told. */
import { freeradiusSecret } from './freeradius-setting.ts';
import { secretsKey } from './secrets-key-setting.ts';
import { type Setting, setting } from './setting.ts';
import { flag, oneOf } from './values.ts';

/** The settings, in the order in which they are shown. */
export const PASSWORD_SETTINGS = {
  radiusSecretsKey: setting<string | null>({
    name: 'radius-secrets-key',
    type: '32 octets in hex or base64',
    description:
      'The key under which passwords are stored for CHAP and MS-CHAPv2, which cannot work with a hash; none stores nothing.',
    default: null,
    example: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    parse: secretsKey,
    secret: true,
    // Whatever sets a password must store it under the same key.
    everywhere: true,
    show: (key) => (key === null ? 'none' : '***'),
  }),
  freeradiusSecret: setting<string | null>({
    name: 'freeradius-secret',
    type: 'text, 16 characters at least',
    description:
      'What a FreeRADIUS in front knows itself by where it asks /api/freeradius/ (rlm_rest); none answers nobody there.',
    default: null,
    example: '000102030405060708090a0b0c0d0e0f',
    parse: freeradiusSecret,
    secret: true,
    show: (secret) => (secret === null ? 'none' : '***'),
  }),
  freeradiusSync: setting<boolean>({
    name: 'freeradius-sync',
    type: 'true or false',
    description:
      "Whether FreeRADIUS's own tables (radcheck, radreply, radgroupcheck, radgroupreply, radusergroup) are kept in step with users and profiles.",
    default: false,
    example: 'true',
    parse: flag,
  }),
  freeradiusPasswords: setting<'hashed' | 'nt-hash' | 'clear'>({
    name: 'freeradius-passwords',
    type: 'hashed, nt-hash or clear',
    description:
      'What FreeRADIUS is told of passwords, in its tables and by rlm_rest: hashes it can check PAP by, the NT hash for MS-CHAPv2 too, or the password itself; the latter two where radius-secrets-key stores them.',
    default: 'hashed',
    example: 'nt-hash',
    parse: oneOf(['hashed', 'nt-hash', 'clear']),
    everywhere: true,
  }),
} satisfies Record<string, Setting<unknown>>;
