/** By what name the instances on one database know each other. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from './logger.ts';
import { makeDirectory } from './make-directory.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Returns the name kept in a state directory, making one the first time. An instance that cannot keep its name is a new one at each start, which is warned of: the others wait an hour for the one before. */
export function instanceIdOf(stateDir: string, logger: Logger): string {
  const file = join(stateDir, 'instance-id');
  const made = randomUUID();
  try {
    if (existsSync(file)) {
      const kept = readFileSync(file, 'utf8').trim();
      if (UUID.test(kept)) return kept;
    }
    makeDirectory(stateDir);
    writeFileSync(file, `${made}\n`, { mode: 0o600 });
  } catch (error) {
    logger.warn({ err: error }, `the name of this instance cannot be kept in ${file}`);
  }
  return made;
}
