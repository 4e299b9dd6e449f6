/** Suites that talk to a real RADIUS client, skipped by name and reason where it is missing. */
import { describe, inject } from 'vitest';
import type { PeerName } from './peers.ts';

/** Declares a suite that runs where the peer is there. */
export function describeWithPeer(peer: PeerName, name: string, suite: () => void): void {
  const missing = inject('missingPeers')[peer];
  if (missing === undefined) describe(name, suite);
  else describe.skip(`${name} (${missing})`, suite);
}
