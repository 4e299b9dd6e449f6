/** `auth/profile/`, `users/me/` and `auth/password/change/`: whoever is signed in, about themselves (contract §0.16, §4). */
import { AppError } from '../errors.ts';
import { contractName, parseFields } from '../profiles/field-rules.ts';
import { USER_RULES, type UserFields } from '../profiles/user.ts';
import { updateUser } from '../profiles/user-commands.ts';
import { getUser } from '../profiles/user-queries.ts';
import { userShape } from '../profiles/user-shape.ts';
import { changePassword } from '../sign-in/password-commands.ts';
import type { SignInContext } from '../sign-in/sign-in-context.ts';
import { problemAnswers } from './answers.ts';
import { type Api, actorOf, commandContext } from './api.ts';
import { MessageAnswer, PasswordChangeBody } from './auth-schemas.ts';
import { type Caller, callerOf } from './caller.ts';
import { BodyOf, fieldsIn } from './field-bodies.ts';
import type { HttpApp, Routes } from './http-app.ts';
import type { LimitAttempt } from './limit-attempts.ts';
import { UserAnswer } from './user-schemas.ts';

export interface OwnAccountOptions {
  readonly signIn: SignInContext;
  readonly limitAttempt: LimitAttempt;
}

const tags = ['auth'];

/** What somebody may say of themselves: nothing that decides what they may do, how the network knows them, or what they are charged for. */
const { email, firstName, lastName, phoneNumber } = USER_RULES;
const OWN_RULES = { email, firstName, lastName, phoneNumber };

type OwnFields = Pick<UserFields, keyof typeof OWN_RULES>;

const ProfileBody = BodyOf(OWN_RULES, {
  // As it was got, it may be sent back.
  ignored: Object.keys(UserAnswer.properties).filter((name) => !isOwn(name)),
  described: UserAnswer.properties,
});

function isOwn(name: string): boolean {
  return Object.keys(OWN_RULES).some((field) => contractName(field) === name);
}

/** Returns the routes about whoever asks. */
export function ownAccountRoutes(api: Api, options: OwnAccountOptions): Routes {
  return (app) => {
    readRoutes(app, api);
    updateRoutes(app, api);
    passwordRoute(app, options);
  };
}

function readRoutes(app: HttpApp, api: Api): void {
  const schema = {
    tags,
    summary: 'Read who is signed in',
    response: { 200: UserAnswer, ...problemAnswers },
  };
  for (const path of ['/auth/profile', '/users/me']) {
    app.get(path, { schema }, async (request) =>
      userShape(await getUser(api.reader, userIdOf(callerOf(request)))),
    );
  }
}

function updateRoutes(app: HttpApp, api: Api): void {
  const schema = {
    tags,
    summary: 'Change who is signed in: name, email, phone number',
    body: ProfileBody,
    response: { 200: UserAnswer, ...problemAnswers },
  };
  for (const url of ['/auth/profile', '/auth/profile/update']) {
    for (const method of ['PUT', 'PATCH'] as const) {
      app.route({
        method,
        url,
        schema,
        handler: async (request) => {
          const caller = callerOf(request);
          const userId = userIdOf(caller);
          const changes = parseFields<OwnFields>(OWN_RULES, fieldsIn(OWN_RULES, request.body));
          await updateUser(commandContext(api, caller), userId, changes);
          return userShape(await getUser(api.db, userId));
        },
      });
    }
  }
}

function passwordRoute(app: HttpApp, { signIn, limitAttempt }: OwnAccountOptions): void {
  const schema = {
    tags,
    summary: 'Change the password of who is signed in',
    description: 'Ends every other sign-in of the user. Limited like signing in.',
    body: PasswordChangeBody,
    response: { 200: MessageAnswer, ...problemAnswers },
  };
  app.post('/auth/password/change', { schema }, async (request) => {
    const caller = callerOf(request);
    const userId = userIdOf(caller);
    limitAttempt(request, caller.name);
    const { current_password, new_password, confirm_password } = request.body;
    await changePassword(signIn, {
      userId,
      tokenId: caller.tokenId,
      actor: actorOf(caller),
      currentPassword: current_password,
      newPassword: new_password,
      confirmPassword: confirm_password,
    });
    return { message: 'Password changed successfully' };
  });
}

/** A token that belongs to nobody is no user. */
function userIdOf({ userId }: Caller): number {
  if (userId === null) throw new AppError('not_found', 'Not found.');
  return userId;
}
