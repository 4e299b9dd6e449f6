/** Who fuzzed requests come from, and who only says so. */
import type { Database } from '../../../src/db/database.ts';
import { setPassword } from '../../../src/sign-in/password-commands.ts';
import type { Role } from '../../../src/sign-in/role.ts';
import { signIn } from '../../../src/sign-in/sign-in.ts';
import { newToken } from '../../../src/sign-in/token.ts';
import type { SignedInApi } from '../../support/signed-in-api.ts';
import { BOSS, JOHN } from '../../support/whole-seed.ts';
import { FRESH, type Hints } from './schema-values.ts';

/** What a request shows, and whom it proves its sender to be. */
export interface Credential {
  readonly name: string;
  readonly role: Role | 'nobody';
  readonly headers: Readonly<Record<string, string>>;
  /** It proves that for reading alone: whatever changes anything is refused. */
  readonly isForReading?: boolean;
}

export interface Credentials {
  /** Whoever is somebody. */
  readonly true: readonly Credential[];
  /** Whoever is nobody. */
  readonly forged: readonly Credential[];
  /** What the sender knows besides. */
  readonly hints: Hints;
}

const BOSS_PASSWORD = 'boss has this password';
const BOSS_NAME = 'boss';
const PROOF = { 'x-requested-with': 'fuzz' };

/** Returns credentials of which all are as good as they say, and noted as used now; those of earlier calls need not be any more. */
export async function makeCredentials(api: SignedInApi, db: Database): Promise<Credentials> {
  const [admin, viewer, john] = [
    await api.tokenOf('admin'),
    await api.tokenOf('viewer'),
    await api.tokenOf({ userId: JOHN }),
  ];
  const actor = { name: 'cli:tester', userId: null };
  await setPassword(api.signIn, { user: BOSS, password: BOSS_PASSWORD, actor });
  const boss = await signInOfBoss(api);
  const { refresh } = await signInOfBoss(api);
  const [revoked, expired] = await deadTokens(api, db);
  // The first use within a minute would be a change of the table.
  await db.knex('api_tokens').update({ last_used_at: api.clock.now() });
  const cookie = { cookie: `access_token=${boss.access}` };
  return {
    true: [
      { name: 'admin', role: 'admin', headers: bearer(admin) },
      { name: 'signed-in admin', role: 'admin', headers: bearer(boss.access) },
      { name: 'signed-in admin by cookie', role: 'admin', headers: { ...cookie, ...PROOF } },
      { name: 'cookie alone', role: 'admin', headers: cookie, isForReading: true },
      { name: 'viewer', role: 'viewer', headers: bearer(viewer) },
      { name: 'user', role: 'user', headers: bearer(john) },
    ],
    forged: [
      nobody('nothing', {}),
      nobody('an API token as cookie', { cookie: `access_token=${admin}`, ...PROOF }),
      nobody('a refresh token', bearer(refresh)),
      nobody('a revoked token', bearer(revoked)),
      nobody('an expired token', bearer(expired)),
      nobody('a token that was never made', bearer(newToken('api').text)),
      nobody('a bad header beside a good cookie', { authorization: 'Bearer x', ...cookie, ...PROOF }),
      ...FORGED_HEADERS.map((authorization) => nobody('a header', { authorization })),
      ...[
        `Bearer ${admin} x`,
        `Basic ${admin}`,
        `Token ${admin}`,
        `Bearer${admin}`,
        `Bearer ${admin}, x`,
      ].map((authorization) => nobody('a good token, badly shown', { authorization })),
      nobody('a cut token', bearer(admin.slice(0, -1))),
      nobody('a token of other letters', bearer(admin.toUpperCase())),
      nobody('a hash', bearer(`radmeter_api_${'0'.repeat(43)}`)),
    ],
    hints: {
      username: [BOSS_NAME, 'john', FRESH, FRESH],
      password: [BOSS_PASSWORD],
      password2: [BOSS_PASSWORD],
      current_password: [BOSS_PASSWORD],
      new_password: [BOSS_PASSWORD],
      confirm_password: [BOSS_PASSWORD],
      refresh: [refresh],
      refresh_token: [refresh],
    },
  };
}

/** `alg: none`, and other proofs of old. */
const FORGED_HEADERS: readonly string[] = [
  ...['', 'Bearer', 'Bearer ', 'Bearer null', 'Bearer undefined', 'Bearer  ', 'Basic YWRtaW46YWRtaW4='],
  'Bearer eyJhbGciOiJub25lIn0.eyJ1c2VyX2lkIjo1MSwicm9sZSI6ImFkbWluIn0.',
  "Bearer ' OR '1'='1",
  'Bearer radmeter_api_%00',
  `Bearer ${'x'.repeat(9_000)}`,
  'Bearer \u00ff',
];

function bearer(token: string) {
  return { authorization: `Bearer ${token}` };
}

function nobody(name: string, headers: Credential['headers']): Credential {
  return { name, role: 'nobody', headers };
}

async function signInOfBoss({ signIn: context }: SignedInApi) {
  const signedIn = await signIn(context, { username: BOSS_NAME, password: BOSS_PASSWORD });
  if (signedIn === undefined) throw new Error('the administrator cannot sign in');
  return signedIn.tokens;
}

async function deadTokens({ clock }: SignedInApi, { knex }: Database): Promise<[string, string]> {
  const tokens: [ReturnType<typeof newToken>, ReturnType<typeof newToken>] = [
    newToken('api'),
    newToken('api'),
  ];
  const common = { kind: 'api', role: 'admin', user_id: null, created_at: 0 };
  const ends = [{ revoked_at: 1 }, { expires_at: clock.now() }];
  for (const [at, { hash }] of tokens.entries()) {
    await knex('api_tokens').insert({ ...common, name: `dead ${at}`, token_hash: hash, ...ends[at] });
  }
  return [tokens[0].text, tokens[1].text];
}
