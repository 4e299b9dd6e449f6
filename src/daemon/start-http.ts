/** Starting HTTP. */
import type { Database } from '../db/database.ts';
import type { HttpOperation } from '../http/operation.ts';
import { configuredNases } from '../nas/configured-nas.ts';
import { packageVersion } from '../package-version.ts';
import { SIGN_IN_LANE } from '../sign-in/passwords.ts';
import { secretBoxOf } from '../sign-in/secret-box.ts';
import type { DaemonContext } from './daemon-context.ts';

/** How the rest of the daemon is doing, as HTTP tells. */
export type HttpState = ConstructorParameters<typeof HttpOperation>[0]['state'];

/** Starts HTTP; undefined where it is off. Rejects when its address is taken. */
export async function startHttp(
  context: DaemonContext,
  db: Database,
  state: HttpState,
): Promise<HttpOperation | undefined> {
  const { config, secrets, logger } = context;
  const { httpListen: listen, httpTlsCert: cert, httpTlsKey: key } = config;
  const { accessTokenLifetimeMs: accessMs, refreshTokenLifetimeMs: refreshMs } = config;
  if (listen === null) return undefined;
  const { HttpOperation } = await import('../http/operation.ts');
  const http = new HttpOperation({
    listen,
    tls: cert === null || key === null ? undefined : { cert, key },
    trustedProxies: config.httpTrustedProxies,
    tokenLifetimes: { accessMs, refreshMs },
    signInLane: context.passwordWork.lane(SIGN_IN_LANE),
    secretBox: secretBoxOf(secrets.radiusSecretsKey),
    configuredNases: configuredNases(config.nas, secrets.nas),
    defaultProfile: config.defaultProfile,
    freeradiusSecret: secrets.freeradiusSecret,
    language: config.language,
    version: packageVersion(),
    db,
    clock: context.ownClock,
    state,
    logger,
    metrics: context.metrics,
  });
  context.parts.add('HTTP', () => http.close());
  await http.start();
  return http;
}
