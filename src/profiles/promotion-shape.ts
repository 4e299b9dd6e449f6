/** The JSON of a promotion (contract §6, Promotion), for the command line and HTTP alike. Pure. */
import { jsonInstant } from './json-values.ts';
import type { PromotionListing } from './promotion-queries.ts';

/** Returns a promotion's JSON; `profile_name` is absent, not null, where it has no profile (contract §5). */
export function promotionShape(promotion: PromotionListing) {
  return {
    id: promotion.id,
    name: promotion.name,
    profile: promotion.profileId,
    ...(promotion.profileName === null ? {} : { profile_name: promotion.profileName }),
    is_active: promotion.isActive,
    created_at: jsonInstant(promotion.createdAt),
    updated_at: jsonInstant(promotion.updatedAt),
    user_count: promotion.userCount,
    active_user_count: promotion.activeUserCount,
  };
}
