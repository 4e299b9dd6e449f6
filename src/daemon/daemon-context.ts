/** What every part of a running radmeter is started with. */
import type { ClassTokens } from '../access/class-token.ts';
import type { Clock } from '../clock.ts';
import type { Config, Secrets } from '../config/load-config.ts';
import type { Database } from '../db/database.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { LearnedFacts } from '../nas/learned-facts.ts';
import type { Nas } from '../nas/nas.ts';
import type { Dictionary } from '../radius/dictionary.ts';
import type { Octets } from '../radius/octets.ts';
import type { passwordWork } from '../sign-in/passwords.ts';
import type { TraceHub } from '../trace/trace-hub.ts';
import type { StartedParts } from './started-parts.ts';

/** Of one daemon; `parts` closes what is started, in reverse. */
export interface DaemonContext {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly parts: StartedParts;
  /** Shared, so that a flood of logins to the network stops no sign-in, nor the other way round. */
  readonly passwordWork: ReturnType<typeof passwordWork>;
  /** Of this machine, where the database's is not known yet. */
  readonly ownClock: Clock;
}

/** What recording, receiving and answering all need. */
export interface SharedParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly dictionary: Dictionary;
  readonly trace: TraceHub;
  readonly learned: LearnedFacts;
  /** Returns the NAS a packet is from, with what was learned about it; undefined for an unknown source. */
  readonly findNas: (address: string, nasIdentifier: Octets | undefined) => Nas | undefined;
  readonly classTokens: ClassTokens;
}
