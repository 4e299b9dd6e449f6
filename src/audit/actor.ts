/** Who asks for a change. */

/** A user of ours (HTTP), a token, or only a name such as `cli:root`. */
export interface Actor {
  /** What history and audit show. */
  readonly name: string;
  /** Null for whoever is no user of ours. */
  readonly userId: number | null;
  /** Where they asked from, an IP address; absent for whoever sits at this machine. */
  readonly address?: string | undefined;
}
