import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/database.ts';
import { STORY_TIMEOUT_MS, useCli } from '../support/run-cli.ts';

describe('radmeter audit', { timeout: STORY_TIMEOUT_MS }, () => {
  const cli = useCli();

  test('shows who changed what, the newest first, on a line and as JSON', async () => {
    await cli.print('profile', 'create', '--name', 'A', '--daily-limit', '5');
    await cli.print('profile', 'update', 'A', '--daily-limit', '7', '--description', 'x\ny');
    await cli.print('nas', 'add', '192.0.2.10', '--name', 'hall', '--secret', 's3cret');
    const text = await cli.print('audit', 'list');
    expect(text).not.toContain('s3cret');
    const [heading, ...lines] = text.trimEnd().split('\n');
    expect(heading).toMatch(/^TIME +WHO +FROM +ACTION +OBJECT +CHANGE$/);
    expect(lines).toEqual([
      expect.stringMatching(/^\S+Z +cli:\S+ +- +create +nas \d+ +name: "hall", address: "192\.0\.2\.10"/),
      expect.stringMatching(/update +profile \d+ +description: null -> "x\\ny", daily_limit: 5 -> 7$/),
      expect.stringMatching(/create +profile \d+ +name: "A", description: null, .*…$/),
    ]);
    expect(await cli.json('audit', 'list', '--object', 'profile', '--action', 'update')).toEqual([
      {
        id: expect.any(Number),
        at: expect.stringMatching(/Z$/),
        actor: expect.stringMatching(/^cli:/),
        actor_address: null,
        action: 'update',
        object_type: 'profile',
        object_id: expect.any(String),
        before: { daily_limit: 5, description: null },
        after: { daily_limit: 7, description: 'x\ny' },
      },
    ]);
  });

  test('shows of a change what changed, and whose it is', async () => {
    const db = openDatabase(cli.databaseUrl());
    const before = { user_id: 1, used_today: 5, is_active: true };
    await db.knex('audit_log').insert({
      ...{ at: Date.now(), actor: 'ada', action: 'reset_daily', object_type: 'usage', object_id: '7' },
      before_json: JSON.stringify(before),
      after_json: JSON.stringify({ ...before, used_today: 0 }),
    });
    await db.close();
    expect(await cli.print('audit', 'list')).toMatch(/ +usage 7 +user_id: 1, used_today: 5 -> 0$/m);
  });

  test('is filtered by object, time and actor, and says where there is more or nothing', async () => {
    await cli.print('profile', 'create', '--name', 'A');
    await cli.print('profile', 'create', '--name', 'B');
    const limited = await cli.run('audit', 'list', '--limit', '1');
    expect(limited.stdout.trimEnd().split('\n')).toHaveLength(2);
    expect(limited.stderr).toBe('Only the newest 1; --limit N shows more.\n');
    expect(await cli.json('audit', 'list', '--since', '1h')).toHaveLength(2);
    expect(await cli.json('audit', 'list', '--until', '1h')).toEqual([]);
    expect(await cli.print('audit', 'list', '--actor', 'nobody')).toBe('Nobody has changed such a thing.\n');
    expect(await cli.run('audit', 'list', '--id', '1')).toMatchObject({ code: 64 });
  });
});
