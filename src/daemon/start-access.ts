/** Starting what answers logins: our own port, and a FreeRADIUS in front. */
import { AccessOperation } from '../access/access-operation.ts';
import type { Recorder } from '../accounting/recorder.ts';
import { FreeradiusFront } from '../freeradius/front.ts';
import type { MeterOutcome } from '../metering.ts';
import { configuredNases } from '../nas/configured-nas.ts';
import { ACCESS_LANE } from '../sign-in/passwords.ts';
import { secretBoxOf } from '../sign-in/secret-box.ts';
import type { Calendar } from '../usage/period.ts';
import type { DaemonContext, SharedParts } from './daemon-context.ts';
import type { ReceptionHooks } from './reception-hooks.ts';
import { intake } from './start-recording.ts';

/** Opens the authentication ports; undefined where authentication is off. Throws unavailable when one is taken. */
export async function startAccess(
  context: DaemonContext,
  { db, clock, dictionary, trace, findNas, classTokens }: SharedParts,
  { hooks, calendar }: { hooks: ReceptionHooks; calendar: Calendar },
): Promise<AccessOperation | undefined> {
  const { config, secrets, logger } = context;
  if (config.authListen.length === 0) return undefined;
  const access = new AccessOperation({
    ...config,
    listen: config.authListen.map(({ address, port }) => ({ host: address, port })),
    nameRules: { stripsRealm: config.stripRealm, lowersCase: config.lowercaseUserNames },
    interimIntervalSeconds: config.acctInterimIntervalSeconds,
    passwordLane: context.passwordWork.lane(ACCESS_LANE),
    secretBox: secretBoxOf(secrets.radiusSecretsKey),
    onAnswered: (answered) => trace.answeredLogin(answered),
    ...{ hooks, findNas, classTokens, db, clock, calendar, dictionary, logger, metrics: context.metrics },
  });
  context.parts.add('authentication', () => access.close());
  await access.start();
  return access;
}

/** Starts what serves a FreeRADIUS in front. */
export async function startFront(
  context: DaemonContext,
  parts: SharedParts,
  { recorder, calendar }: { recorder: Recorder<MeterOutcome>; calendar: Calendar },
): Promise<FreeradiusFront> {
  const { config, secrets, logger } = context;
  const front = new FreeradiusFront({
    ...config,
    ...parts,
    isAsking: secrets.freeradiusSecret !== null,
    isSyncing: config.freeradiusSync,
    passwords: config.freeradiusPasswords,
    nameRules: { stripsRealm: config.stripRealm, lowersCase: config.lowercaseUserNames },
    interimIntervalSeconds: config.acctInterimIntervalSeconds,
    passwordLane: context.passwordWork.lane(ACCESS_LANE),
    secretBox: secretBoxOf(secrets.radiusSecretsKey),
    configuredKinds: configuredNases(config.nas, secrets.nas).map(({ kind }) => kind),
    intake: intake(context, parts, recorder),
    ...{ calendar, logger, metrics: context.metrics },
  });
  context.parts.add('FreeRADIUS', () => front.close());
  await front.start();
  return front;
}
