/** Runs as `radacct` is to keep them, and writing and reading them there. */
import { expect } from 'vitest';
import type { SessionDetails } from '../../src/accounting/record.ts';
import type { Database } from '../../src/db/database.ts';
import type { Run } from '../../src/sessions/run.ts';
import { saveRuns, selectRuns } from '../../src/sessions/session-store.ts';
import { readInBatch, runBatch } from './batches.ts';
import { EPOCH, GIB4 } from './records.ts';

/** A key of octets that no text holds, quotes and backslash among them. */
export const KEY = '0123456789\0\'"\\\xff\x80';

/** What a NAS may say besides. */
export const DETAILS: SessionDetails = {
  nasPortId: 'wlan0',
  nasPortType: 'Wireless-802.11',
  acctAuthentic: 'RADIUS',
  serviceType: 'Framed-User',
  framedProtocol: 'PPP',
  connectInfo: 'CONNECT 54Mbps',
  address: {
    framedIpAddress: undefined,
    framedIpv6Address: undefined,
    framedIpv6Prefix: undefined,
    framedInterfaceId: undefined,
    delegatedIpv6Prefix: undefined,
  },
};

/** A run in which every field says something of its own. */
export const FULL: Run = {
  radacctId: undefined,
  runKey: KEY,
  runNumber: 1024,
  userId: 77,
  userName: 'j\xc3\xb6hn',
  station: '02-00-00-00-00-01',
  classToken: 'rm1.\xff',
  closeKind: 'presumed',
  closedAt: EPOCH + 90_001,
  terminateCause: 'NAS-Reboot',
  startedAt: EPOCH + 1,
  updatedAt: EPOCH + 60_002,
  nasStartedAt: 3,
  nasUpdatedAt: 60_004,
  arrivalStartedAt: EPOCH + 5,
  arrivalUpdatedAt: EPOCH + 60_006,
  sessionTimeSeconds: 60,
  inputOctets: 5 * GIB4 + 1,
  outputOctets: Number.MAX_SAFE_INTEGER,
  unmeteredOctets: 12,
  inputPackets: 2 ** 32 - 1,
  outputPackets: 14,
  isReversed: true,
  octetUnit: 1024,
  hasGigawords: true,
  mayHaveWrapped: false,
  isHalfStopped: false,
  hasInterim: true,
  intervalSeconds: 60,
  sourceAddress: '2001:db8::7',
  nasIdentifier: 'ap\0\xff',
  calledStationId: '02-00-00-00-00-AA:a:"b',
  address: {
    framedIpAddress: '10.0.0.7',
    framedIpv6Address: '2001:db8::8',
    framedIpv6Prefix: '2001:db8:1::/48',
    framedInterfaceId: '2:0:0:1',
    delegatedIpv6Prefix: '2001:db8:2::/56',
  },
  connectInfoStop: 'stop',
  limitsTold: 1_234_567,
  hasNewDetails: false,
  origin: {
    acctSessionId: '%lX6b02f962%hX',
    nasIpAddress: '192.0.2.1',
    classes: ['\0\xff', 'second'],
    details: DETAILS,
  },
};

/** A run of which as little as possible is known. */
export const BARE: Run = {
  ...FULL,
  runNumber: -1024,
  userId: undefined,
  userName: undefined,
  station: undefined,
  closeKind: 'open',
  closedAt: undefined,
  terminateCause: '',
  nasStartedAt: undefined,
  nasUpdatedAt: undefined,
  sessionTimeSeconds: undefined,
  inputOctets: 0,
  outputOctets: 0,
  unmeteredOctets: 0,
  isReversed: false,
  octetUnit: 1,
  hasGigawords: false,
  mayHaveWrapped: true,
  isHalfStopped: true,
  hasInterim: false,
  intervalSeconds: undefined,
  nasIdentifier: undefined,
  calledStationId: undefined,
  address: DETAILS.address,
  connectInfoStop: '',
};

/** What a run is when it has been read. */
export const stored = (run: Run): object => ({ ...run, radacctId: expect.any(Number), origin: undefined });

/** Writes runs as one batch. */
export const save = (db: Database, ...runs: Run[]) => runBatch(db, async (batch) => saveRuns(batch, runs));

/** Reads the runs of a key. */
export const read = (db: Database, runKey = KEY) => readInBatch(db, (batch) => selectRuns(batch, [runKey]));
