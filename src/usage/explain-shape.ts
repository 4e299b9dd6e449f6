/** The JSON of an explanation, for the command line and HTTP alike. Pure. */
import { instantJson } from '../clock.ts';
import type { Explanation } from './explain-queries.ts';
import type { Allowance, Reason } from './verdict.ts';
import { type SentenceOptions, verdictSentence } from './verdict-texts.ts';

/** Returns an explanation's JSON, its sentence in the given language. */
export function explanationShape(
  explanation: Explanation,
  { language, timezone }: Omit<SentenceOptions, 'username'>,
) {
  const { verdict, username, effectiveProfile: profile, promotion } = explanation;
  return {
    user: explanation.userId,
    user_username: username,
    allowed: verdict.isAllowed,
    may_stay_online: verdict.mayStayOnline,
    throttled: verdict.isThrottled,
    sentence: verdictSentence(verdict, { username, language, timezone }),
    reasons: verdict.reasons.map(reasonShape),
    allowed_at: instantJson(verdict.allowedAt),
    allowances: verdict.allowances.map(allowanceShape),
    valid_until: instantJson(verdict.validUntil),
    effective_profile: profile === null ? null : { id: profile.id, name: profile.name },
    profile_source: explanation.profileSource,
    promotion:
      promotion === null ? null : { id: promotion.id, name: promotion.name, is_active: promotion.isActive },
    open_sessions: explanation.openSessions,
    simultaneous_use: explanation.simultaneousUse,
    as_of: instantJson(explanation.at),
  };
}

function reasonShape({ code, effect, used, limit, since, endsAt }: Reason) {
  return { code, effect, used, limit, since: instantJson(since), ends_at: instantJson(endsAt) };
}

function allowanceShape({ period, used, limit, remaining, resetsAt }: Allowance) {
  return { period, used, limit, remaining, resets_at: instantJson(resetsAt) };
}
