/** What a NAS is to be asked, given what was decided, how the user stands now, and what its kind can do. Pure. */
import type { Vendor } from '../vendors/vendor.ts';
import { MANUAL } from './disconnection-reasons.ts';
import type { Intent, IntentEnd } from './intent.ts';

/** What is asked: `disconnect` with a reason for people where a change was decided. */
export type Order =
  | { readonly kind: 'disconnect'; readonly instead: string | undefined }
  | { readonly kind: 'change' }
  /** Nothing. */
  | { readonly kind: 'none'; readonly status: IntentEnd; readonly outcome: string };

/** How a user stands now: `unknown` where the session is nobody's, or its user is gone. */
export type StandingNow = 'may-stay' | 'refused' | 'unknown';

export interface OrderFacts {
  readonly intent: Pick<Intent, 'kind' | 'reason'>;
  readonly standing: StandingNow;
  readonly vendor: Pick<Vendor, 'canDisconnect' | 'canChange' | 'hasBandwidth'>;
  /** The kind of NAS, for people. */
  readonly nasKind: string;
}

/** Returns what is to be asked of the NAS. */
export function orderOf(facts: OrderFacts): Order {
  const { intent, standing } = facts;
  if (intent.kind === 'disconnect') {
    if (standing === 'may-stay' && intent.reason !== MANUAL) {
      return none('superseded', 'Nothing was sent: the user may be online again.');
    }
    return disconnectOrder(facts, undefined);
  }
  if (standing === 'unknown') return none('superseded', 'Nothing was sent: the user is no more.');
  if (standing === 'refused') return disconnectOrder(facts, 'the user may not be online any more');
  return changeOrder(facts);
}

function disconnectOrder({ vendor, nasKind }: OrderFacts, instead: string | undefined): Order {
  if (vendor.canDisconnect) return { kind: 'disconnect', instead };
  return none(
    'unsupported',
    `Nothing was sent: a NAS of kind ${nasKind} cannot be told to end a session; it goes on until its NAS ends it.`,
  );
}

function changeOrder(facts: OrderFacts): Order {
  const { intent, vendor, nasKind } = facts;
  if (isOfSpeed(intent) && !vendor.hasBandwidth) {
    return none(
      'unsupported',
      `Not possible: a NAS of kind ${nasKind} takes no bandwidth, neither at login nor later; the session goes on at the speed it has.`,
    );
  }
  if (vendor.canChange) return { kind: 'change' };
  if (!isOfSpeed(intent)) {
    return none(
      'unsupported',
      `Nothing was sent: a NAS of kind ${nasKind} takes limits at login only, so they hold from the next one on.`,
    );
  }
  return disconnectOrder(facts, `a NAS of kind ${nasKind} takes a bandwidth at login only`);
}

/** Returns whether a change makes somebody slower, or as fast again: then a login anew helps where nothing else does. */
export function isOfSpeed({ reason }: Pick<Intent, 'reason'>): boolean {
  return reason === 'throttled' || reason === 'restored';
}

function none(status: IntentEnd, outcome: string): Order {
  return { kind: 'none', status, outcome };
}
