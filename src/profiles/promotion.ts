/** A promotion: a cohort of users that can carry a profile. */
import { checkFields, type FieldRule, name, orNull, rowId, yesOrNo } from './field-rules.ts';

/** A row of `promotions` (contract §1). */
export interface Promotion {
  readonly id: number;
  readonly name: string;
  readonly isActive: boolean;
  readonly profileId: number | null;
  /** UTC text as the columns hold it. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What people may set on a promotion. */
export type PromotionFields = Pick<Promotion, 'name' | 'isActive' | 'profileId'>;

/** The rules of contract §1, by field. */
export const PROMOTION_RULES: Readonly<Record<keyof PromotionFields, FieldRule>> = {
  name: name(100),
  isActive: yesOrNo,
  profileId: orNull(rowId),
};

/** Throws AppError `invalid`, naming the field, for a value no promotion can have. */
export function checkPromotionFields(fields: Partial<PromotionFields>): void {
  checkFields(PROMOTION_RULES, fields);
}
