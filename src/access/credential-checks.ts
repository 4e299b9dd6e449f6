/** Checking the credentials of Access-Requests against what is stored of their users, at a bounded cost. */
import { randomBytes, randomInt } from 'node:crypto';
import { AppError } from '../errors.ts';
import { type Octets, octetsToBytes } from '../radius/octets.ts';
import { ntHash as ntHashOf } from '../sign-in/nt-hash.ts';
import { hasNoPassword } from '../sign-in/password-hash.ts';
import type { Passwords, PasswordVerdict } from '../sign-in/passwords.ts';
import type { SecretLack, StoredSecret } from '../sign-in/stored-secret.ts';
import { isRightChapResponse } from './chap.ts';
import type {
  ChapCredentials,
  CheckableCredentials,
  MacCredentials,
  MsChap2Credentials,
  PapCredentials,
} from './credentials.ts';
import { isRightNtResponse, peerName } from './ms-chap.ts';
import { msChap2ErrorAttribute, msChap2SuccessAttributes } from './ms-chap-attributes.ts';
import type { RequestKeys } from './pap.ts';
import { UserTurns } from './user-turns.ts';
import type { VerifiedPasswords } from './verified-passwords.ts';

export interface CredentialChecksOptions {
  /** How PAP passwords are checked; its queue bounds what waits. */
  readonly passwords: Passwords;
  readonly verified: VerifiedPasswords;
  /** Returns what CHAP needs of a user; ids that nobody has are asked for too. */
  readonly findSecret: (userId: number) => Promise<StoredSecret>;
  /** Takes a password that was just proven right. */
  readonly onProven?: (proven: ProvenPassword) => void;
}

/** A password and the stored hash it was right for. */
export interface ProvenPassword {
  readonly userId: number;
  readonly passwordHash: string;
  readonly password: string;
}

/** What is stored of a user. */
export interface CredentialUser {
  readonly id: number;
  /** `users.password`. */
  readonly passwordHash: string;
}

export interface CredentialCheck {
  readonly sent: CheckableCredentials;
  /** Undefined where there is none of this name; that costs as much. */
  readonly user: CredentialUser | undefined;
  /** User-Name as it was sent: in MS-CHAPv2 it is part of what was hashed. */
  readonly userName: Octets;
  /** Under which keys for MPPE are encrypted. */
  readonly keys: RequestKeys;
}

/** `attributes` are encoded and belong into the Accept (MS-CHAP2-Success, MPPE keys) or the Reject (MS-CHAP-Error). `busy`: too much waits; the request is dropped unanswered, and its NAS asks again. */
export type CheckOutcome =
  | { readonly outcome: 'right' | 'wrong'; readonly attributes: readonly Buffer[] }
  | {
      readonly outcome: 'no-stored-secret';
      readonly lack: SecretLack;
      readonly attributes: readonly Buffer[];
    }
  | { readonly outcome: 'busy' };

/** One that is checked, a shared one, and these wait. */
const WAITING_FOR_USER_MAX = 3;
/** No user has it: what is looked up for a name that nobody has. */
const NOBODY = 0;
const NO_SECRET = { password: '', ntHash: ntHashOf('') };

export class CredentialChecks {
  readonly #options: CredentialChecksOptions;
  readonly #turns = new UserTurns<PasswordVerdict>({ waitingMax: WAITING_FOR_USER_MAX });

  constructor(options: CredentialChecksOptions) {
    this.#options = options;
  }

  /** Returns whether credentials are those of their user. Rejects where the database does not answer. */
  check(check: CredentialCheck): Promise<CheckOutcome> {
    const { sent } = check;
    switch (sent.kind) {
      case 'pap':
        return this.#checkPap(sent, check);
      case 'chap':
        return this.#checkChap(sent, check);
      case 'ms-chap-v2':
        return this.#checkMsChap2(sent, check);
      case 'mac':
        return this.#checkMac(sent, check);
      default:
        return sent satisfies never;
    }
  }

  /** The NAS alone vouches for a device, and a device says of itself what it likes: whoever has a password is asked for it, whatever they are called. */
  #checkMac({ sent }: MacCredentials, check: CredentialCheck): Promise<CheckOutcome> {
    const { user } = check;
    if (user === undefined || hasNoPassword(user.passwordHash)) {
      return Promise.resolve(verdict(user !== undefined));
    }
    return sent === undefined ? Promise.resolve(verdict(false)) : this.check({ ...check, sent });
  }

  async #checkPap(
    { password: octets }: PapCredentials,
    { user, userName }: CredentialCheck,
  ): Promise<CheckOutcome> {
    const { passwords, verified, onProven } = this.#options;
    const password = passwordText(octets);
    const passwordHash = user?.passwordHash ?? '';
    const digest = verified.digest({ userId: user?.id ?? NOBODY, passwordHash, password });
    if (verified.has(digest)) return verdict(true);
    // Names that nobody has wait in lines too, or their answers would be the quicker ones.
    const line = user === undefined ? `name ${userName}` : `user ${user.id}`;
    const found = await unlessBusy(
      this.#turns.take(line, digest, () => passwords.check(password, user?.passwordHash)),
    );
    if (found === undefined) return { outcome: 'busy' };
    if (user === undefined || found === 'wrong') return verdict(false);
    verified.add(digest);
    onProven?.({ userId: user.id, passwordHash, password });
    return verdict(true);
  }

  async #checkChap(sent: ChapCredentials, { user }: CredentialCheck): Promise<CheckOutcome> {
    const secret = await this.#options.findSecret(user?.id ?? NOBODY);
    const { password } = secret.found ? secret : NO_SECRET;
    const isRight = passwordSpellings(password).some((octets) => isRightChapResponse(sent, octets));
    if (user === undefined) return verdict(false);
    return secret.found ? verdict(isRight) : lacking(secret.lack, []);
  }

  async #checkMsChap2(
    sent: MsChap2Credentials,
    { user, userName: sentName, keys }: CredentialCheck,
  ): Promise<CheckOutcome> {
    const secret = await this.#options.findSecret(user?.id ?? NOBODY);
    const { ntHash } = secret.found ? secret : NO_SECRET;
    const exchange = { ...sent, userName: peerName(octetsToBytes(sentName)) };
    const isRight = isRightNtResponse(exchange, ntHash, sent.ntResponse);
    const failure = [msChap2ErrorAttribute(sent.identifier, randomBytes(16))];
    if (user === undefined) return verdict(false, failure);
    if (!secret.found) return lacking(secret.lack, failure);
    if (!isRight) return verdict(false, failure);
    const salt = randomInt(0x8000);
    return verdict(true, msChap2SuccessAttributes({ sent, exchange, ntHash, keys, salt }));
  }
}

/** RFC 2865 §5.2 says octets; what people type is UTF-8 today, and Latin-1 on old portals. */
function passwordText(octets: Buffer): string {
  const utf8 = octets.toString('utf8');
  return Buffer.from(utf8).equals(octets) ? utf8 : octets.toString('latin1');
}

/** What a peer may have hashed for a password: its UTF-8, or its Latin-1 as MikroTik's login page does. */
function passwordSpellings(password: string): Buffer[] {
  const utf8 = Buffer.from(password, 'utf8');
  const latin1 = Buffer.from(password, 'latin1');
  const isLatin1 = latin1.toString('latin1') === password;
  return isLatin1 && !latin1.equals(utf8) ? [utf8, latin1] : [utf8];
}

/** Returns what work gives; undefined where it never began because too much waits. */
async function unlessBusy<T>(work: Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AppError && error.code === 'unavailable') return undefined;
    throw error;
  }
}

function verdict(isRight: boolean, attributes: readonly Buffer[] = []): CheckOutcome {
  return { outcome: isRight ? 'right' : 'wrong', attributes };
}

function lacking(lack: SecretLack, attributes: readonly Buffer[]): CheckOutcome {
  return { outcome: 'no-stored-secret', lack, attributes };
}
