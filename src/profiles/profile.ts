/** A profile: the subscription plan that decides bandwidth, quotas, validity and sessions of its users. */
import { AppError } from '../errors.ts';
import {
  checkFields,
  contractName,
  type FieldRule,
  INT32_MAX,
  longText,
  name,
  octets,
  oneOf,
  orNull,
  wholeNumber,
  yesOrNo,
} from './field-rules.ts';

export type QuotaType = 'limited' | 'unlimited';

/** What happens to open sessions when a quota is spent (design §7). */
export type OverQuotaAction = 'disconnect' | 'throttle' | 'notify';

/** What a profile lays down. Bandwidths in kbit/s, quotas in octets, timeouts in seconds. */
export interface ProfileTerms {
  readonly bandwidthUpload: number;
  readonly bandwidthDownload: number;
  readonly quotaType: QuotaType;
  /** Octets since activation; binds only where `quotaType` is `limited`. */
  readonly dataVolume: number;
  /** Null = no such limit; 0 = nothing allowed (contract §0.8). */
  readonly dailyLimit: number | null;
  readonly weeklyLimit: number | null;
  readonly monthlyLimit: number | null;
  /** Days of 24 hours from activation. */
  readonly validityDuration: number;
  /** Seconds; 0 = none. */
  readonly sessionTimeout: number;
  /** Seconds; 0 = none. */
  readonly idleTimeout: number;
  readonly simultaneousUse: number;
  readonly overQuotaAction: OverQuotaAction;
  readonly throttleUpload: number | null;
  readonly throttleDownload: number | null;
}

/** A row of `profiles` (contract §1). */
export interface Profile extends ProfileTerms {
  readonly id: number;
  readonly name: string;
  readonly description: string | null;
  readonly isActive: boolean;
  readonly createdById: number | null;
  /** UTC text as the column holds it, so that no microsecond is lost on the way to JSON. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What people may set on a profile. */
export type ProfileFields = Omit<Profile, 'id' | 'createdById' | 'createdAt' | 'updatedAt'>;

/** The column defaults of contract §1, for what a new profile does not say. */
export const NEW_PROFILE: Omit<ProfileFields, 'name'> = Object.freeze({
  description: null,
  isActive: true,
  bandwidthUpload: 5120,
  bandwidthDownload: 10240,
  quotaType: 'limited',
  dataVolume: 53_687_091_200,
  dailyLimit: 5_368_709_120,
  weeklyLimit: 32_212_254_720,
  monthlyLimit: 128_849_018_880,
  validityDuration: 30,
  sessionTimeout: 28_800,
  idleTimeout: 600,
  simultaneousUse: 1,
  overQuotaAction: 'disconnect',
  throttleUpload: null,
  throttleDownload: null,
});

export const QUOTA_TYPES: readonly QuotaType[] = ['unlimited', 'limited'];
export const OVER_QUOTA_ACTIONS: readonly OverQuotaAction[] = ['disconnect', 'throttle', 'notify'];
export const VALIDITY_DURATIONS: readonly number[] = [7, 14, 30, 60, 90, 180, 365];

const bandwidth = wholeNumber(1, INT32_MAX, 'kbit/s');
const timeout = wholeNumber(0, INT32_MAX, 'seconds (0 = none)');

/** The rules of contract §0.15 and §1, by field. */
export const PROFILE_RULES: Readonly<Record<keyof ProfileFields, FieldRule>> = {
  name: name(100),
  description: orNull(longText),
  isActive: yesOrNo,
  bandwidthUpload: bandwidth,
  bandwidthDownload: bandwidth,
  quotaType: oneOf(QUOTA_TYPES),
  dataVolume: octets,
  dailyLimit: orNull(octets),
  weeklyLimit: orNull(octets),
  monthlyLimit: orNull(octets),
  validityDuration: oneOf(VALIDITY_DURATIONS),
  sessionTimeout: timeout,
  idleTimeout: timeout,
  simultaneousUse: wholeNumber(1, INT32_MAX, 'sessions'),
  overQuotaAction: oneOf(OVER_QUOTA_ACTIONS),
  throttleUpload: orNull(bandwidth),
  throttleDownload: orNull(bandwidth),
};

/** Throws AppError `invalid`, naming the field, for a value outside PROFILE_RULES. */
export function checkProfileFields(fields: Partial<ProfileFields>): void {
  checkFields(PROFILE_RULES, fields);
}

/** Throws AppError `invalid` for a whole profile whose fields contradict each other. */
export function checkProfile(profile: ProfileFields): void {
  checkProfileFields(profile);
  if (profile.overQuotaAction !== 'throttle') return;
  for (const field of ['throttleUpload', 'throttleDownload'] as const) {
    if (profile[field] === null) {
      const expected = `${bandwidth.expected}, because over_quota_action is throttle`;
      throw new AppError('invalid', `${contractName(field)}: expected ${expected}, got null`, {
        field: contractName(field),
      });
    }
  }
}
