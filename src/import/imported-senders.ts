/** The senders behind imported sessions: by them it is known later under which NAS-Identifiers there are any. */

import type { Sender } from '../nas/sender.ts';
import { saveSenders } from '../nas/sender-commands.ts';
import type { CommandContext } from '../profiles/command-context.ts';
import type { Octets } from '../radius/octets.ts';
import type { RadacctSession } from './radacct-session.ts';

/** A session, and what its NAS calls itself; undefined where it does not, or that is not known. */
export interface IdentifiedSession {
  readonly session: Pick<RadacctSession, 'nasAddress' | 'lastAt'>;
  readonly nasIdentifier: Octets | undefined;
}

/** Writes senders down before their sessions are, each as last heard with the newest of these; those without a NAS-Identifier are left to their next packet, which tells whether they have one. */
export async function saveSendersOf(
  context: CommandContext,
  sessions: readonly IdentifiedSession[],
): Promise<void> {
  const senders = new Map<string, Sender>();
  for (const { session, nasIdentifier } of sessions) {
    if (nasIdentifier === undefined) continue;
    const { nasAddress: address, lastAt } = session;
    const key = `${address} ${nasIdentifier}`;
    const lastSeenAt = Math.max(lastAt, senders.get(key)?.lastSeenAt ?? lastAt);
    senders.set(key, { address, nasIdentifier, lastSeenAt, clockOffsetMs: null, sendsGigawords: false });
  }
  await saveSenders(context, [...senders.values()]);
}
