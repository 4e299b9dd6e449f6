/** FreeRADIUS as the bench measures it: Debian's, on the same database server, with nothing in its policy but SQL and the password check. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answering, freeUdpPort, ready, SECRET, startProgram, type Target, targetOf } from './target.ts';

/** Where Debian keeps the queries of rlm_sql, which are measured as they are. */
const QUERIES = '/etc/freeradius/3.0/mods-config/sql/main/mysql/queries.conf';

export interface FreeradiusOptions {
  readonly databaseUrl: string;
  /** For this FreeRADIUS alone. */
  readonly directory: string;
}

/** Returns FreeRADIUS's version, or undefined where it is not installed with rlm_sql_mysql. */
export function freeradiusVersion(): string | undefined {
  try {
    execFileSync('test', ['-r', QUERIES]);
    const output = execFileSync('freeradius', ['-v'], { encoding: 'utf8' });
    return output.match(/FreeRADIUS Version ([0-9.]+)/)?.[1];
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** Starts it on a free port and waits until it answers a Status-Server. */
export async function startFreeradius({ databaseUrl, directory }: FreeradiusOptions): Promise<Target> {
  const port = await freeUdpPort();
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'radiusd.conf'), configuration({ port, directory, databaseUrl }), {
    mode: 0o600,
  });
  const child = startProgram('freeradius', ['-f', '-d', directory, '-l', join(directory, 'log')]);
  await ready(child, answering(port));
  return targetOf(child, { port, authPort: port, httpPort: 0 });
}

function configuration({
  port,
  directory,
  databaseUrl,
}: {
  port: number;
  directory: string;
  databaseUrl: string;
}): string {
  const database = new URL(databaseUrl);
  return `
prefix = /usr
name = freeradius
libdir = /usr/lib/freeradius
raddbdir = ${directory}
logdir = ${directory}
run_dir = ${directory}
pidfile = ${directory}/pid
max_requests = 65536
max_request_time = 30
cleanup_delay = 5
log {
  destination = files
  file = ${directory}/log
  auth = no
}
security {
  max_attributes = 200
  reject_delay = 0
  status_server = yes
}
thread pool {
  start_servers = 32
  max_servers = 32
  min_spare_servers = 3
  max_spare_servers = 10
  max_requests_per_server = 0
}
client loopback {
  ipaddr = 127.0.0.1
  secret = ${SECRET}
  require_message_authenticator = yes
}
instantiate {
  expr
}
modules {
  pap {
  }
  expr {
  }
  chap {
  }
  sql {
    dialect = "mysql"
    driver = "rlm_sql_mysql"
    server = "${database.hostname}"
    port = ${database.port}
    login = "${decodeURIComponent(database.username)}"
    password = "${decodeURIComponent(database.password)}"
    radius_db = "${database.pathname.slice(1)}"
    acct_table1 = "radacct"
    acct_table2 = "radacct"
    postauth_table = "radpostauth"
    authcheck_table = "radcheck"
    authreply_table = "radreply"
    groupcheck_table = "radgroupcheck"
    groupreply_table = "radgroupreply"
    usergroup_table = "radusergroup"
    client_table = "nas"
    read_groups = yes
    delete_stale_sessions = yes
    group_attribute = "SQL-Group"
    pool {
      start = 32
      min = 32
      max = 32
      spare = 32
      uses = 0
      lifetime = 0
      idle_timeout = 0
      retry_delay = 1
    }
    $INCLUDE ${QUERIES}
  }
}
server bench {
  listen {
    type = auth
    ipaddr = 127.0.0.1
    port = ${port}
  }
  authorize {
    chap
    sql
    pap
  }
  authenticate {
    Auth-Type PAP {
      pap
    }
    Auth-Type CHAP {
      chap
    }
  }
  post-auth {
    sql
    Post-Auth-Type REJECT {
      sql
    }
  }
}
`;
}
