/** How people are written where somebody is named who did something, so that none of them passes for a token or for whoever sat at the machine. Pure. */

/** `token:` stands before the name of a token of nobody, `cli:` before that of a system user, `user:` before that of a person whose own name begins like one of these. */
const BEGINNING_OF_OTHERS = /^(?:token|cli|user):/i;

/** As much as the columns hold that name somebody. */
const NAME_LENGTH_MAX = 150;

/** Returns whether a username reads like somebody else's name; no one is given such a name, but access points may report it. */
export function looksLikeAnotherActor(username: string): boolean {
  return BEGINNING_OF_OTHERS.test(username);
}

/** Returns what a person is called in history, adjustments and audit log: their username, behind `user:` where it reads like another's; cut to what the columns hold. */
export function personName(username: string): string {
  if (!looksLikeAnotherActor(username)) return username;
  return [...`user:${username}`].slice(0, NAME_LENGTH_MAX).join('');
}
