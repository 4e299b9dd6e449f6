/** A spool in a directory of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Spool, spoolPath } from '../../src/accounting/spool.ts';

export interface TestSpool {
  readonly spool: Spool;
  readonly filename: string;
  /** Closes the spool and deletes its directory. */
  remove(): void;
}

/** Returns an empty spool. */
export function testSpool(maxBytes = 64 * 1024 ** 2): TestSpool {
  const stateDir = mkdtempSync(join(tmpdir(), 'radmeter-spool-'));
  const filename = spoolPath(stateDir);
  const spool = new Spool({ filename, maxBytes });
  spool.open();
  return {
    spool,
    filename,
    remove: () => {
      spool.close();
      rmSync(stateDir, { recursive: true });
    },
  };
}
