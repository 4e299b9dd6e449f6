/** What CHAP and MS-CHAPv2 need of a user beyond a hash (contract §0.16). */

/** Why no secret of a user can be used: no `radius-secrets-key` is set; none was stored; it was stored under another key; it is not that of the password they have now; or a later radmeter stored it. */
export type SecretLack = 'no-key' | 'never-stored' | 'other-key' | 'outdated' | 'unreadable';

/** A user's password in clear and its NT hash (16 bytes), or why there is none. Must reach no log and no answer. */
export type StoredSecret =
  | { readonly found: true; readonly password: string; readonly ntHash: Buffer }
  | { readonly found: false; readonly lack: SecretLack };
