/** The `default-profile` setting: the limits of users whom neither a profile nor a promotion gives any. */
import { durationSeconds, type Fields, integer, orNone } from './values.ts';

/** The profile of those who have neither a profile nor a promotion with one (contract §0.2). */
export interface DefaultProfile {
  readonly sessionTimeoutSeconds: number;
  readonly idleTimeoutSeconds: number | null;
  readonly bandwidthUploadKbps: number;
  readonly bandwidthDownloadKbps: number;
  readonly simultaneousUse: number;
}

const INT32_MAX = 2 ** 31 - 1;

/** What holds where the setting, or a part of it, is not given (contract §0.2). */
export const DEFAULT_PROFILE: DefaultProfile = {
  sessionTimeoutSeconds: 3_600,
  idleTimeoutSeconds: null,
  // 1 kbit/s is 1000 bit/s on every wire, so these are 10 Mbit/s.
  bandwidthUploadKbps: 10_000,
  bandwidthDownloadKbps: 10_000,
  simultaneousUse: 1,
};

/** Every part of the setting. */
export const DEFAULT_PROFILE_FIELDS: Fields<DefaultProfile> = {
  sessionTimeoutSeconds: {
    name: 'session-timeout',
    type: 'duration',
    description: 'The longest a session lasts.',
    parse: durationSeconds(1, INT32_MAX),
    default: DEFAULT_PROFILE.sessionTimeoutSeconds,
  },
  idleTimeoutSeconds: {
    name: 'idle-timeout',
    type: 'duration or none',
    description: 'How long a session may carry nothing.',
    parse: orNone(durationSeconds(1, INT32_MAX)),
    default: DEFAULT_PROFILE.idleTimeoutSeconds,
  },
  bandwidthUploadKbps: {
    name: 'bandwidth-upload',
    type: 'kbit/s',
    description: 'From the user.',
    parse: integer(1, INT32_MAX),
    default: DEFAULT_PROFILE.bandwidthUploadKbps,
  },
  bandwidthDownloadKbps: {
    name: 'bandwidth-download',
    type: 'kbit/s',
    description: 'To the user.',
    parse: integer(1, INT32_MAX),
    default: DEFAULT_PROFILE.bandwidthDownloadKbps,
  },
  simultaneousUse: {
    name: 'simultaneous-use',
    type: 'number',
    description: 'Sessions at one time.',
    parse: integer(1, 1_000),
    default: DEFAULT_PROFILE.simultaneousUse,
  },
};

/** Returns the profile on one line. */
export function defaultProfileText(profile: DefaultProfile): string {
  return [
    `session-timeout ${profile.sessionTimeoutSeconds} s`,
    `idle-timeout ${profile.idleTimeoutSeconds === null ? 'none' : `${profile.idleTimeoutSeconds} s`}`,
    `bandwidth-upload ${kbps(profile.bandwidthUploadKbps)}`,
    `bandwidth-download ${kbps(profile.bandwidthDownloadKbps)}`,
    `simultaneous-use ${profile.simultaneousUse}`,
  ].join(', ');
}

function kbps(value: number): string {
  return `${value} kbit/s`;
}
