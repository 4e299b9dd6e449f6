/** What a session is allowed, in nobody's language yet: every way out to a NAS says the same limits (design §6). */

/** The limits of one session, time and volume counted from its start. */
export interface Limits {
  /** Null = no end. */
  readonly sessionTimeoutSeconds: number | null;
  /** Null = none. */
  readonly idleTimeoutSeconds: number | null;
  /** How often the NAS is asked to report. */
  readonly interimIntervalSeconds: number;
  /** From the user, kbit/s of 1000 bits. */
  readonly uploadKbps: number;
  /** To the user, kbit/s of 1000 bits. */
  readonly downloadKbps: number;
  /** Sessions at once. */
  readonly simultaneousUse: number;
  /** Octets of both directions together after which the NAS itself is to end the session; null = it is told none. */
  readonly volumeOctets: number | null;
}

/** What a NAS can be made to do, as far as limits depend on it. */
export interface LimitAbilities {
  /** Whether it can be told to end a session (RFC 5176 §2.1). */
  readonly canDisconnect: boolean;
  /** Whether a volume limit of ours means anything to it. */
  readonly hasVolumeLimit: boolean;
}
