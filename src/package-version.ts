/** Which radmeter this is. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Returns the version of the package this file is of, be it run from its sources or built. */
export function packageVersion(): string {
  let directory = import.meta.dirname;
  for (;;) {
    try {
      const read: unknown = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
      return typeof read === 'object' && read !== null && 'version' in read
        ? String(read.version)
        : 'unknown';
    } catch (error) {
      if (dirname(directory) === directory) throw error;
      directory = dirname(directory);
    }
  }
}
