/** What requests about promotions may hold and what is answered (contract §6, Promotion). */
import { Type } from 'typebox';
import { EXACT_COUNT_MAX } from '../profiles/head-counts.ts';
import { PROMOTION_RULES } from '../profiles/promotion.ts';
import { BodyOf } from './field-bodies.ts';

const Id = Type.Integer({ minimum: 1 });
const Instant = Type.String({ examples: ['2025-12-11T12:00:00.123456Z'] });

export const PromotionAnswer = Type.Object({
  id: Id,
  name: Type.String({ description: 'What it is called; no two are called the same.' }),
  profile: Type.Union([Id, Type.Null()], {
    description: 'The profile its members have who have none of their own, by its id.',
  }),
  profile_name: Type.Optional(Type.String({ description: 'Absent where it has no profile.' })),
  is_active: Type.Boolean({ description: 'Whether those who have their profile from it may be online.' }),
  created_at: Instant,
  updated_at: Instant,
  user_count: Type.Integer({
    description: `Its members, inactive ones too; beyond ${EXACT_COUNT_MAX} the figure may be a minute old.`,
  }),
  active_user_count: Type.Integer({ description: 'Its active members; as old as `user_count`.' }),
});

const { profileId, ...plain } = PROMOTION_RULES;
/** The rules of a body, where a reference is named as the contract names it. */
export const PROMOTION_BODY_RULES = { ...plain, profile: profileId };

const ignored = ['id', 'profile_name', 'created_at', 'updated_at', 'user_count', 'active_user_count'];
const described = PromotionAnswer.properties;

export const PromotionCreation = BodyOf(PROMOTION_BODY_RULES, {
  required: ['name'],
  ignored,
  described,
  defaults: { isActive: true, profile: null },
});
/** What it does not say keeps its value. */
export const PromotionReplacement = BodyOf(PROMOTION_BODY_RULES, { required: ['name'], ignored, described });
export const PromotionPatch = BodyOf(PROMOTION_BODY_RULES, { ignored, described });
