/** The example the product was ordered with: Étudiant, L3 Info and john, through the command line and a daemon's UDP port. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Database } from '../../src/db/database.ts';
import { historyOf } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { commandLine, STORY_TIMEOUT_MS } from '../support/run-cli.ts';
import { type Report, reportRequest } from '../support/session-packets.ts';
import { startTestDaemon, type TestDaemon } from '../support/test-daemon.ts';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
/** How long john has been online when the story begins. */
const ONLINE_SECONDS = 3_600;

describeEachDatabase("john's octets count under the profile that applies", (getDatabase) => {
  let radmeter: TestDaemon;
  let beganAt = 0;
  const cli = commandLine(() => getDatabase().url);
  const story = { timeout: STORY_TIMEOUT_MS };
  beforeEach(async () => {
    radmeter = await startTestDaemon(getDatabase().url);
    beganAt = Date.now();
  });
  afterEach(() => radmeter.close());

  /** What the access point reports of john's session by now. */
  const report = (status: Report['status'], inputOctets: number, outputOctets: number) => {
    const seconds = ONLINE_SECONDS + Math.round((Date.now() - beganAt) / 1000);
    const totals = { inputOctets, outputOctets };
    return radmeter.ask(reportRequest({ status, user: 'john', sessionId: 'A1', seconds, ...totals }));
  };
  const usage = () => cli.json('usage', 'show', 'john');
  const createProfile = (name: string, dailyLimit: number) =>
    cli.print('profile', 'create', '--name', name, '--daily-limit', String(dailyLimit));

  it("the promotion's first, then his own, each change in the history and from zero", story, async () => {
    await createProfile('Étudiant', 5 * GIB);
    await cli.print('promotion', 'create', '--name', 'L3 Info');
    await cli.print('promotion', 'assign', 'L3 Info', '--profile', 'Étudiant');
    await cli.print('user', 'create', '--username', 'john', '--promotion', 'L3 Info');

    await report('interim', GIB, 4 * GIB - MIB);
    expect(await usage()).toMatchObject({
      effective_profile: { name: 'Étudiant' },
      used_today: 5 * GIB - MIB,
      used_total: 5 * GIB - MIB,
      is_exceeded: false,
    });
    await report('interim', GIB, 4 * GIB);
    expect(await usage()).toMatchObject({ used_today: 5 * GIB, is_exceeded: true });

    await createProfile('Doctorant', 100 * MIB);
    await cli.print('user', 'assign', 'john', '--profile', 'Doctorant', '--reason', 'thesis');
    expect(await usage()).toMatchObject({
      effective_profile: { name: 'Doctorant' },
      used_today: 0,
      used_total: 0,
      is_exceeded: false,
    });
    await report('interim', GIB, 4 * GIB + 70 * MIB);
    await report('stop', GIB + 30 * MIB, 4 * GIB + 70 * MIB);
    expect(await usage()).toMatchObject({ used_today: 100 * MIB, used_total: 100 * MIB, is_exceeded: true });

    expect(await historyOf(getDatabase().db, 'john')).toEqual([
      'assigned: - -> Étudiant',
      'updated: Étudiant -> Doctorant',
    ]);
    expect(await provenOctets(getDatabase().db)).toEqual({
      session: 5 * GIB + 100 * MIB,
      days: 5 * GIB + 100 * MIB,
      adjustments: -5 * GIB,
    });
  });

  it('a profile given to the promotion later binds with what was used before', story, async () => {
    await cli.print('promotion', 'create', '--name', 'L3 Info');
    await cli.print('user', 'create', '--username', 'john', '--promotion', 'L3 Info');
    await report('interim', 0, 2 * GIB);
    expect(await usage()).toMatchObject({ effective_profile: null, is_exceeded: false });

    await createProfile('Étudiant', 2 * GIB + MIB);
    await cli.print('promotion', 'assign', 'L3 Info', '--profile', 'Étudiant');
    expect(await usage()).toMatchObject({ used_today: 2 * GIB, is_exceeded: false });
    await report('interim', 0, 2 * GIB + MIB);
    expect(await usage()).toMatchObject({ used_today: 2 * GIB + MIB, is_exceeded: true });
    expect(await historyOf(getDatabase().db, 'john')).toEqual(['assigned: - -> Étudiant']);
  });
});

/** What every counter must be provable from: the session, the days and the adjustments. */
async function provenOctets({ knex }: Database) {
  const [session] = await knex('radacct').select('acctinputoctets', 'acctoutputoctets', 'unmeteredoctets');
  const [days] = await knex('usage_days').sum({ input: 'input_octets', output: 'output_octets' });
  const [adjustments] = await knex('usage_adjustments').sum({ total: 'total' });
  return {
    session: session.acctinputoctets + session.acctoutputoctets - session.unmeteredoctets,
    days: Number(days?.['input']) + Number(days?.['output']),
    adjustments: Number(adjustments?.['total']),
  };
}
