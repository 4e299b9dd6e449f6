/** A request that is refused in words and a shape that clients know (contract §4), where `detail` alone would not do. */

export interface RefusalBody {
  readonly error?: string;
  readonly detail?: string;
  readonly code?: string;
  readonly messages?: readonly Readonly<Record<string, string>>[];
  readonly retry_after?: number;
}

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly body: RefusalBody;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: RefusalBody, headers: Readonly<Record<string, string>> = {}) {
    super(body.detail ?? body.error ?? `status ${status}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** A sign-in that failed, for whatever reason. */
export function invalidCredentials(): Refusal {
  return new Refusal(401, { error: 'Invalid credentials' });
}

/** A token that is none, has expired, was revoked, or is of another kind. */
export function tokenNotValid(): Refusal {
  return new Refusal(401, {
    detail: 'Given token not valid for any token type',
    code: 'token_not_valid',
    messages: [{ token_class: 'AccessToken', token_type: 'access', message: 'Token is invalid or expired' }],
  });
}

/** A refresh token that is good for nothing any more. */
export function refreshTokenNotValid(
  detail: 'Token is blacklisted' | 'Token is invalid or expired',
): Refusal {
  return new Refusal(401, { detail, code: 'token_not_valid' });
}

/** A token of somebody who was deactivated. */
export function userInactive(): Refusal {
  return new Refusal(401, { detail: 'User is inactive', code: 'user_inactive' });
}

/** Too many attempts; `retryAfterSeconds` says when the next one is heard. */
export function rateLimitExceeded(retryAfterSeconds: number): Refusal {
  const body = {
    error: 'Rate limit exceeded',
    detail: `Too many attempts; try again in ${retryAfterSeconds} seconds.`,
    retry_after: retryAfterSeconds,
  };
  return new Refusal(429, body, { 'retry-after': String(retryAfterSeconds) });
}
