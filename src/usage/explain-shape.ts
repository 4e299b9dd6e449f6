/** The JSON of an explanation, for the command line and HTTP alike. Pure. */
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
    allowed_at: instantOrNull(verdict.allowedAt),
    allowances: verdict.allowances.map(allowanceShape),
    valid_until: instantOrNull(verdict.validUntil),
    effective_profile: profile === null ? null : { id: profile.id, name: profile.name },
    profile_source: explanation.profileSource,
    promotion:
      promotion === null ? null : { id: promotion.id, name: promotion.name, is_active: promotion.isActive },
    open_sessions: explanation.openSessions,
    simultaneous_use: explanation.simultaneousUse,
    as_of: new Date(explanation.at).toISOString(),
  };
}

function reasonShape({ code, effect, used, limit, since, endsAt }: Reason) {
  return { code, effect, used, limit, since: instantOrNull(since), ends_at: instantOrNull(endsAt) };
}

function allowanceShape({ period, used, limit, remaining, resetsAt }: Allowance) {
  return { period, used, limit, remaining, resets_at: instantOrNull(resetsAt) };
}

function instantOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}
