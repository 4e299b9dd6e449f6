/** By which ways an alert is to reach a user, and why not by others (contract §0.13). Pure. */
import type { NotificationMethod } from './alert.ts';

/** The ways there are. */
export const DELIVERY_METHODS = ['email', 'sms', 'system'] as const;
export type DeliveryMethod = (typeof DELIVERY_METHODS)[number];

/** `pending`: on its way; `delivered`: the mail server or the webhook took it, or the notice is there to be read; `failed`: given up; `undeliverable`: nothing could be sent, and nothing was. */
export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed', 'undeliverable'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** What tells a delivery from every other. */
export interface DeliveryIdentity {
  readonly alertId: number;
  readonly userId: number;
  readonly armKey: string;
  readonly method: string;
}

/** Returns a delivery's identity as text. */
export function identityText({ alertId, userId, armKey, method }: DeliveryIdentity): string {
  return `${alertId} ${userId} ${method} ${armKey}`;
}

/** Which ways lead out of this system. Notices need none. */
export interface Channels {
  readonly email: boolean;
  readonly sms: boolean;
}

/** Where somebody can be reached. */
export interface Reachable {
  /** May be empty. */
  readonly email: string;
  readonly phoneNumber: string | null;
}

/** One way to tell somebody: where to, or what is in the way. */
export type PlannedDelivery =
  | { readonly method: DeliveryMethod; readonly address: string; readonly obstacle: null }
  | { readonly method: DeliveryMethod; readonly address: null; readonly obstacle: string };

/** Returns the ways an alert is told somebody; `all` is every configured one. */
export function plannedDeliveries(
  method: NotificationMethod,
  user: Reachable,
  channels: Channels,
): PlannedDelivery[] {
  const methods = method === 'all' ? DELIVERY_METHODS.filter((each) => isOpen(each, channels)) : [method];
  return methods.map((each) => planned(each, user, channels));
}

function isOpen(method: DeliveryMethod, channels: Channels): boolean {
  return method === 'system' || channels[method];
}

const NOT_CONFIGURED = {
  email: 'no mail server is configured (smtp-url)',
  sms: 'no SMS webhook is configured (sms-webhook-url)',
};
const RECIPIENT_LENGTH_MAX = 254;
const SHOWN_LENGTH_MAX = 100;
/** One address and nothing else: neither a list nor a line of a header. */
const EMAIL = /^[^\s@<>()[\]\\,;:"\p{Cc}]+@[^\s@<>()\\,;:"\p{Cc}]+$/u;

function planned(method: DeliveryMethod, user: Reachable, channels: Channels): PlannedDelivery {
  const hindered = (obstacle: string) => ({ method, address: null, obstacle });
  if (method === 'system') return { method, address: '', obstacle: null };
  if (!channels[method]) return hindered(NOT_CONFIGURED[method]);
  if (method === 'sms') {
    const number = user.phoneNumber?.trim() ?? '';
    return number === ''
      ? hindered('the user has no phone number')
      : { method, address: number, obstacle: null };
  }
  const address = user.email.trim();
  if (address === '') return hindered('the user has no e-mail address');
  return isEmailAddress(address)
    ? { method, address, obstacle: null }
    : hindered(`the user's e-mail address is none: ${JSON.stringify(address.slice(0, SHOWN_LENGTH_MAX))}`);
}

/** Returns whether text is one e-mail address. */
export function isEmailAddress(text: string): boolean {
  return text.length <= RECIPIENT_LENGTH_MAX && EMAIL.test(text);
}
