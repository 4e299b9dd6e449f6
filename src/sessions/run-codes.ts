/** How `radacct.close_kind` and `radacct.run_flags` stand for what they mean. */
import type { CloseKind, Run } from './run.ts';

const CLOSE_KINDS: readonly CloseKind[] = ['open', 'stopped', 'presumed'];

/** What `run_flags` holds. */
export type RunFlags = Pick<Run, 'hasGigawords' | 'mayHaveWrapped' | 'hasInterim' | 'isHalfStopped'>;

const HAS_GIGAWORDS = 1;
const MAY_HAVE_WRAPPED = 2;
const HAS_INTERIM = 4;
const IS_HALF_STOPPED = 8;

/** Returns the number a close kind is stored as. */
export function closeKindCode(kind: CloseKind): number {
  return CLOSE_KINDS.indexOf(kind);
}

/** Returns the close kind of a stored number; throws for one that no version of radmeter wrote. */
export function closeKindOf(code: number): CloseKind {
  const kind = CLOSE_KINDS[code];
  if (kind === undefined)
    throw new Error(`radacct.close_kind is ${code}, expected 0 to ${CLOSE_KINDS.length - 1}`);
  return kind;
}

/** Returns the number flags are stored as. */
export function runFlagsCode({ hasGigawords, mayHaveWrapped, hasInterim, isHalfStopped }: RunFlags): number {
  return (
    (hasGigawords ? HAS_GIGAWORDS : 0) |
    (mayHaveWrapped ? MAY_HAVE_WRAPPED : 0) |
    (hasInterim ? HAS_INTERIM : 0) |
    (isHalfStopped ? IS_HALF_STOPPED : 0)
  );
}

/** Returns the flags of a stored number. */
export function runFlagsOf(code: number): RunFlags {
  return {
    hasGigawords: (code & HAS_GIGAWORDS) !== 0,
    mayHaveWrapped: (code & MAY_HAVE_WRAPPED) !== 0,
    hasInterim: (code & HAS_INTERIM) !== 0,
    isHalfStopped: (code & IS_HALF_STOPPED) !== 0,
  };
}
