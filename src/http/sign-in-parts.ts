/** Signing in, wired: who sends requests, and the routes by which they come to prove it. */
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { WorkLane } from '../sign-in/bounded-work.ts';
import { Passwords } from '../sign-in/passwords.ts';
import { Pbkdf2Iterations } from '../sign-in/pbkdf2-iterations.ts';
import type { SecretBox } from '../sign-in/secret-box.ts';
import type { SignInContext, TokenLifetimes } from '../sign-in/sign-in-context.ts';
import { TokenUse } from '../sign-in/token-use.ts';
import type { Api } from './api.ts';
import { AttemptLimit } from './attempt-limit.ts';
import { authRoutes } from './auth-routes.ts';
import { authenticateBy, bearerFinder, type FindBearer } from './authenticate.ts';
import type { CoreRoutesOptions } from './core-routes.ts';
import type { Routes } from './http-app.ts';
import { limitAttempts } from './limit-attempts.ts';
import { ownAccountRoutes } from './own-account-routes.ts';
import { tokenRoutes } from './token-routes.ts';

export interface SignInPartsOptions {
  readonly api: Api;
  readonly lifetimes: TokenLifetimes;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'signInsRefused'>;
  /** How passwords are checked; as slowly as they should be if not given. */
  readonly passwords?: Passwords;
  /** Where hashes queue up, beside those of logins to the network; a queue of their own if not given. */
  readonly lane?: WorkLane | undefined;
  /** What secrets for CHAP are stored under; nothing is stored if not given. */
  readonly secretBox?: SecretBox | undefined;
  /** Milliseconds that attempts are counted by; those of this process if not given. */
  readonly nowMs?: () => number;
}

/** What coreRoutes asks for, and what other routes need of it. */
export interface SignInParts extends CoreRoutesOptions {
  /** For routes that set passwords. */
  readonly signIn: SignInContext;
  /** For routes outside the API that ask for a token. */
  readonly findBearer: FindBearer;
}

/** Returns the parts; `signedIn` holds the routes about oneself and about API tokens, beside which others may stand. */
export function signInParts({ api, lifetimes, logger, ...options }: SignInPartsOptions): SignInParts {
  const { db, reader, clock } = api;
  const passwords = options.passwords ?? slowPasswords(api, options.lane);
  const { secretBox } = options;
  const signIn: SignInContext = { db, reader, clock, passwords, lifetimes, secretBox };
  const tokenUse = new TokenUse({ db, clock, logger });
  const findBearer = bearerFinder({ reader, clock, tokenUse });
  const closeWithApp: Routes = (app) => {
    app.addHook('onClose', () => tokenUse.close());
  };
  const limit = new AttemptLimit({ nowMs: options.nowMs ?? (() => performance.now()) });
  const limitAttempt = limitAttempts({ limit, metrics: options.metrics });
  return {
    signIn,
    findBearer,
    authenticate: authenticateBy(findBearer),
    open: [closeWithApp, authRoutes({ signIn, limitAttempt, findBearer })],
    signedIn: [ownAccountRoutes(api, { signIn, limitAttempt }), tokenRoutes(api)],
  };
}

function slowPasswords({ reader }: Api, lane: WorkLane | undefined): Passwords {
  const iterations = new Pbkdf2Iterations(reader);
  return new Passwords({
    pbkdf2Iterations: (met) => iterations.most(met),
    ...(lane === undefined ? {} : { lane }),
  });
}
