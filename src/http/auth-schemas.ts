/** What requests and answers of signing in look like (contract §4). */
import { Type } from 'typebox';
import { PASSWORD_LENGTH_MAX } from '../sign-in/password-rules.ts';
import { UserAnswer } from './user-schemas.ts';

/** Above any password the replaced system took; it only keeps hashing within bounds. */
const ANY_PASSWORD_MAX = 1_024;
const USERNAME_MAX = 150;
const TOKEN_MAX = 256;

const Username = Type.String({ maxLength: USERNAME_MAX });
const AnyPassword = Type.String({ maxLength: ANY_PASSWORD_MAX });
const AnyToken = Type.String({ maxLength: TOKEN_MAX });
const Message = Type.String();

/** Both are needed; what is missing is said in the contract's own words. */
export const LoginBody = Type.Object(
  { username: Type.Optional(Username), password: Type.Optional(AnyPassword) },
  { additionalProperties: false },
);

export const LoginAnswer = Type.Object({
  user: UserAnswer,
  tokens: Type.Object({ refresh: Type.String(), access: Type.String() }),
  message: Message,
  auth_method: Type.Literal('cookie'),
});

export const RefreshBody = Type.Object({ refresh: AnyToken }, { additionalProperties: false });

export const RefreshAnswer = Type.Object({ access: Type.String(), refresh: Type.String() });

export const LogoutBody = Type.Object(
  { refresh_token: Type.Optional(AnyToken) },
  { additionalProperties: false },
);

export const MessageAnswer = Type.Object({ message: Message });

export const PasswordChangeBody = Type.Object(
  {
    current_password: AnyPassword,
    new_password: Type.String({ description: `8 to ${PASSWORD_LENGTH_MAX} characters.` }),
    confirm_password: Type.String(),
  },
  { additionalProperties: false },
);
