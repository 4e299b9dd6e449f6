/** The rows that FreeRADIUS's tables are to hold of users and profiles. Pure: whoever writes them compares and does no more than differs. */

import type { NasKind } from '../nas/nas.ts';
import type { Limits } from '../profiles/limits.ts';
import type { AttributeValue } from '../radius/dictionary.ts';
import { type LimitTerms, limits } from '../usage/limits.ts';
import type { Verdict, VerdictTerms } from '../usage/verdict.ts';
import type { NamedAttribute } from '../vendors/vendor.ts';
import { vendorOf } from '../vendors/vendor-of.ts';
import { toldLimits } from './told-limits.ts';
import { rowText } from './value-text.ts';

/** A row of one of the tables, without its id and without whose it is. */
export interface BridgeRow {
  readonly table: BridgeTable;
  readonly columns: Readonly<Record<string, string | number>>;
}

export const USER_TABLES = ['radcheck', 'radreply', 'radusergroup'] as const;
export const GROUP_TABLES = ['radgroupcheck', 'radgroupreply'] as const;
export type BridgeTable = (typeof USER_TABLES)[number] | (typeof GROUP_TABLES)[number];

/** Everything the rows of one user rest on. */
export interface BridgeUser {
  readonly username: string;
  readonly verdict: Verdict;
  /** What they are told if they may not come in, in pieces of a Reply-Message's size. */
  readonly messages: readonly string[];
  readonly group: string;
  readonly profileSource: 'own' | 'promotion' | 'default';
  readonly password: NamedAttribute | undefined;
}

/** FreeRADIUS's column; whoever has a longer name is asked about by rlm_rest. */
export const NAME_LENGTH_MAX = 64;
const VALUE_LENGTH_MAX = 253;

/** Contract §12; whoever has no profile comes last. */
const PRIORITIES = { own: 5, promotion: 10, default: 20 } as const;

/** Returns the rows of one user; none for a name that the tables cannot hold. */
export function userRows(user: BridgeUser): BridgeRow[] {
  const { username, verdict, group, profileSource } = user;
  if (username.length > NAME_LENGTH_MAX) return [];
  return [
    ...checkRows(user),
    ...(verdict.isAllowed ? [] : user.messages.flatMap((text) => replyRow(username, text))),
    {
      table: 'radusergroup',
      columns: { username, groupname: group, priority: PRIORITIES[profileSource] },
    },
  ];
}

/** `statut` is for queries of those who came from the older system, which ask for `statut = 1`: it is what FreeRADIUS's own do not look at. */
function checkRows({ username, verdict, password }: BridgeUser): BridgeRow[] {
  const check = (attribute: string, value: AttributeValue, statut: number): BridgeRow[] => {
    const text = rowText(value);
    if (text.length > VALUE_LENGTH_MAX) return [];
    return [{ table: 'radcheck', columns: { username, attribute, op: ':=', value: text, statut } }];
  };
  const { isAllowed, validUntil } = verdict;
  return [
    ...(password === undefined ? [] : check(password[0], password[1], Number(isAllowed))),
    ...(isAllowed ? [] : check('Auth-Type', 'Reject', 1)),
    // rlm_expiration refuses from then on, and ends a session then by its Session-Timeout; as a number it is of no zone.
    ...(isAllowed && validUntil !== null ? check('Expiration', Math.floor(validUntil / 1000), 1) : []),
  ];
}

function replyRow(username: string, text: string): BridgeRow[] {
  const value = rowText(text);
  if (value.length > VALUE_LENGTH_MAX) return [];
  return [{ table: 'radreply', columns: { username, attribute: 'Reply-Message', op: '+=', value } }];
}

/** Terms that a group stands for; `id` 0 is the default profile's. */
export interface BridgeProfile {
  readonly id: number;
  readonly name: string;
  readonly terms: LimitTerms & Pick<VerdictTerms, 'quotaType' | 'dataVolume'>;
}

/** Returns a group's name (contract §12): `profile_5_etudiant`, and for those who are slowed down `profile_5_etudiant_throttled`. */
export function groupName({ id, name }: Pick<BridgeProfile, 'id' | 'name'>, isThrottled: boolean): string {
  const suffix = isThrottled ? '_throttled' : '';
  const ascii = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  const stem = id === 0 ? 'profile_default' : `profile_${id}_${ascii}`;
  return stem.slice(0, NAME_LENGTH_MAX - suffix.length) + suffix;
}

export interface GroupOptions {
  /** Of the NASes there are. */
  readonly kinds: readonly NasKind[];
  readonly interimIntervalSeconds: number;
}

/** Returns the rows of a profile's group, and of its throttled one where there is one. */
export function groupRows(profile: BridgeProfile, options: GroupOptions): BridgeRow[] {
  const isThrottling = profile.terms.overQuotaAction === 'throttle';
  return [false, ...(isThrottling ? [true] : [])].flatMap((isThrottled) => {
    const groupname = groupName(profile, isThrottled);
    const limit = groupLimits(profile, isThrottled, options);
    return [
      {
        table: 'radgroupcheck' as const,
        columns: {
          groupname,
          attribute: 'Simultaneous-Use',
          op: ':=',
          value: String(limit.simultaneousUse),
        },
      },
      ...replyAttributes(limit, options.kinds).map(([attribute, value]) => ({
        table: 'radgroupreply' as const,
        columns: { groupname, attribute, op: ':=', value: rowText(value) },
      })),
    ];
  });
}

/** What holds for everybody of a group: not what somebody has left, nor when their validity ends. A session is never longer than the whole volume. */
function groupLimits(
  { terms }: BridgeProfile,
  isThrottled: boolean,
  { interimIntervalSeconds }: GroupOptions,
): Limits {
  const { quotaType, dataVolume } = terms;
  const total = {
    period: 'total',
    used: 0,
    limit: dataVolume,
    remaining: dataVolume,
    resetsAt: null,
  } as const;
  return limits({
    terms,
    verdict: { isThrottled, validUntil: null, allowances: quotaType === 'limited' ? [total] : [] },
    nas: { canDisconnect: true, hasVolumeLimit: true },
    interimIntervalSeconds,
    now: 0,
  });
}

/** Every NAS gets the words of all kinds there are and reads its own; where two kinds share a word they mean the same. */
function replyAttributes(limit: Limits, kinds: readonly NasKind[]): NamedAttribute[] {
  const attributes = new Map<string, AttributeValue>();
  for (const kind of kinds.length === 0 ? (['other'] as const) : kinds) {
    for (const [name, value] of toldLimits(vendorOf(kind), limit)) attributes.set(name, value);
  }
  return [...attributes];
}
