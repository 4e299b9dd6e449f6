/** Which profile applies to a user: their own, else their promotion's, else the configured default. */
import type { DefaultProfile, Profile } from './profile.ts';

/** The profile that applies, and where it comes from: an inactive promotion refuses access only to those whose profile it gives (contract §0.8). */
export type EffectiveProfile =
  | { readonly source: 'user' | 'promotion'; readonly profile: Profile }
  | { readonly source: 'default'; readonly profile: DefaultProfile };

/** The profiles that could apply to one user; null where there is none. */
export interface ProfileCandidates {
  readonly user: Profile | null;
  readonly promotion: Profile | null;
  readonly default: DefaultProfile;
}

/** Returns the profile with the highest priority (contract §2, §0.2). Whether profile, promotion or user is active plays no part. */
export function effectiveProfile(candidates: ProfileCandidates): EffectiveProfile {
  if (candidates.user !== null) return { source: 'user', profile: candidates.user };
  if (candidates.promotion !== null) return { source: 'promotion', profile: candidates.promotion };
  return { source: 'default', profile: candidates.default };
}
