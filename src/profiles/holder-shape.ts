/** The JSON of the users and promotions that have a profile (contract §6). Pure. */
import type { CarrierPromotion, Holder } from './holder-queries.ts';

/** Returns the JSON of a user whose effective profile a profile is; `assignment_type` says whether it is their own. */
export function profileUserShape(user: Holder) {
  const { is_active, is_radius_activated, ...person } = personShape(user);
  return {
    ...person,
    promotion: user.promotion,
    is_active,
    is_radius_activated,
    assignment_type: user.profile === null ? ('via_promotion' as const) : ('direct' as const),
  };
}

/** Returns the JSON of a member of a promotion, with the profile of their own that they have beside the promotion's. */
export function memberShape(user: Holder) {
  const { is_active, is_radius_activated, ...person } = personShape(user);
  return { ...person, profile: user.profile, is_active, is_radius_activated };
}

/** Returns the JSON of a promotion that carries a profile. */
export function carrierPromotionShape({ id, name, isActive, userCount }: CarrierPromotion) {
  return { id, name, is_active: isActive, user_count: userCount };
}

function personShape(user: Holder) {
  return {
    id: user.id,
    username: user.username,
    email: user.email,
    first_name: user.firstName,
    last_name: user.lastName,
    is_active: user.isActive,
    is_radius_activated: user.isRadiusActivated,
  };
}
