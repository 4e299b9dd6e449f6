/** Every route of the API that asks for a credential, one line for each kind of thing. */
import type { Nas } from '../nas/nas.ts';
import type { SignInContext } from '../sign-in/sign-in-context.ts';
import type { Calendar } from '../usage/period.ts';
import type { Language } from '../usage/verdict-texts.ts';
import type { Api } from './api.ts';
import { auditLogRoutes } from './audit-log-routes.ts';
import { disconnectionLogRoutes } from './disconnection-log-routes.ts';
import { explainRoutes } from './explain-routes.ts';
import type { Routes } from './http-app.ts';
import { intentRoutes } from './intent-routes.ts';
import { jobRoutes } from './job-routes.ts';
import { nasRoutes } from './nas-routes.ts';
import { noticeRoutes } from './notice-routes.ts';
import { profileAlertRoutes } from './profile-alert-routes.ts';
import { profileHistoryRoutes } from './profile-history-routes.ts';
import { profileHolderRoutes } from './profile-holder-routes.ts';
import { profileRoutes } from './profile-routes.ts';
import { profileUsageRoutes } from './profile-usage-routes.ts';
import { promotionRoutes } from './promotion-routes.ts';
import { sessionRoutes } from './session-routes.ts';
import { statisticsRoutes } from './statistics-routes.ts';
import { usageDayRoutes } from './usage-day-routes.ts';
import { userRoutes } from './user-routes.ts';

export interface ApiRoutesOptions {
  /** For routes that set passwords. */
  readonly signIn: SignInContext;
  /** In the stored time zone; throws AppError `unavailable` until that is known. */
  readonly calendar: () => Calendar;
  /** The NASes of the configuration file. */
  readonly configured: readonly Nas[];
  /** What holds for users without a profile. */
  readonly defaultProfile: { readonly simultaneousUse: number };
  readonly language: Language;
}

/** Returns the routes, beside which those of signing in stand. */
export function apiRoutes(
  api: Api,
  { signIn, calendar, configured, defaultProfile, language }: ApiRoutesOptions,
): readonly Routes[] {
  return [
    profileRoutes(api),
    profileHolderRoutes(api),
    statisticsRoutes(api),
    promotionRoutes(api),
    userRoutes(api, signIn),
    profileUsageRoutes(api),
    usageDayRoutes(api, { calendar, configured }),
    explainRoutes(api, { calendar, defaultProfile, language }),
    profileHistoryRoutes(api),
    profileAlertRoutes(api, { language }),
    noticeRoutes(api),
    disconnectionLogRoutes(api),
    sessionRoutes(api, configured),
    intentRoutes(api),
    nasRoutes(api, configured),
    jobRoutes(api),
    auditLogRoutes(api),
  ];
}
