/** Before all tests: the peers and one private MariaDB; after them: that MariaDB stopped. */
import type { TestProject } from 'vitest/node';
import { startMariadb } from './mariadb.ts';
import { type MissingPeers, type PeerName, preparePeers } from './peers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The databases this run is about: both, unless DATABASES narrows it. */
    databases: DatabaseName[];
    /** Where the private MariaDB listens; undefined without one. */
    mariadbServerUrl: string | undefined;
    missingPeers: MissingPeers;
  }
}

const DATABASE_NAMES = ['sqlite', 'mariadb'] as const;
export type DatabaseName = (typeof DATABASE_NAMES)[number];

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const databases = chosenDatabases();
  const wanted: PeerName[] = ['curl', 'radclient', 'pyrad', 'Authen::Radius', 'freeradius'];
  wanted.push('freeradius-rest', 'freeradius-mysql', 'eapol_test', 'hostapd', 'wpa_supplicant');
  if (databases.includes('mariadb')) wanted.push('mariadb');
  const missing = await preparePeers(wanted);
  const needsServer = databases.includes('mariadb') && missing.mariadb === undefined;
  const server = needsServer ? await startMariadb() : undefined;
  project.provide('databases', databases);
  project.provide('mariadbServerUrl', server?.serverUrl);
  project.provide('missingPeers', missing);
  return async () => server?.stop();
}

/** `DATABASES=sqlite` or `DATABASES=mariadb` narrows a run. */
function chosenDatabases(): DatabaseName[] {
  const chosen = process.env['DATABASES'] ?? DATABASE_NAMES.join();
  return chosen.split(',').map((text) => {
    const name = DATABASE_NAMES.find((each) => each === text.trim());
    if (name === undefined) {
      throw new Error(`DATABASES=${chosen}: expected names out of ${DATABASE_NAMES.join(', ')}`);
    }
    return name;
  });
}
