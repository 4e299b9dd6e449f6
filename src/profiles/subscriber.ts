/** A user and which profile applies to them, as accounting needs it. */
import type { ProfileTerms } from './profile.ts';

/** A user as accounting needs one. */
export interface Subscriber {
  readonly userId: number;
  readonly username: string;
  readonly isActive: boolean;
  readonly isRadiusEnabled: boolean;
  /** Of the promotion that the terms come from; null where they come from none. */
  readonly isPromotionActive: boolean | null;
  /** Null = no profile of their own nor of their promotion. */
  readonly terms: ProfileTerms | null;
}
