/** Whom a change of terms is about. */

/** Whose terms changed: of one user, of all who have a profile, of all in a promotion, or of anybody. */
export type TermsScope =
  | { readonly kind: 'user' | 'profile' | 'promotion'; readonly id: number }
  | { readonly kind: 'all' };
