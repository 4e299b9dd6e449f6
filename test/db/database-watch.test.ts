/** Asking a database whether it is there. */

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { DatabaseWatch } from '../../src/db/database-watch.ts';
import { describeEachDatabase } from '../support/databases.ts';

describeEachDatabase('a database that is there', (getDatabase) => {
  it('answers', async () => {
    expect(await new DatabaseWatch(getDatabase().db).isUp()).toBe(true);
  });
});

it('takes a refused connection for a database that is away', async () => {
  const db = openDatabase('mysql://radmeter@127.0.0.1:1/radmeter');
  expect(await new DatabaseWatch(db).isUp()).toBe(false);
  await db.close();
});

it('does not wait for a database that hangs, and asks it once', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const db = openDatabase(`mysql://radmeter@127.0.0.1:${port}/radmeter`);
  const watch = new DatabaseWatch(db, 50);
  expect(await Promise.all([watch.isUp(), watch.isUp()])).toEqual([false, false]);
  expect(await watch.isUp()).toBe(false);
  expect(sockets).toHaveLength(1);
  for (const socket of sockets) socket.destroy();
  server.close();
  await db.close();
});
