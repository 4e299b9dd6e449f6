/** The seed's document walked from top to bottom with curl, against a running radmeter that has just been set up. */
import { expect, it } from 'vitest';
import { type Curl, type CurlAnswer, sending, useCurl } from '../support/curl.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { ETUDIANT_ANSWER } from '../support/profile-literals.ts';
import { describeWithPeer } from '../support/real-clients.ts';
import {
  ALERT_ANSWER,
  detailAnswer,
  historyAnswer,
  INSTANT,
  johnsUsage,
  statisticsAnswer,
} from '../support/seed-answers.ts';
import { SEED_CALLS } from '../support/seed-document.ts';
import { makeExamples, type SeedIds } from '../support/seed-examples.ts';
import { askBothWays, SeedWalk } from '../support/seed-walk.ts';
import { reportRequest } from '../support/session-packets.ts';
import type { TestDaemon } from '../support/test-daemon.ts';

const GIB = 1024 ** 3;
/** A process for each request, on a busy machine. */
const story = { timeout: 180_000 };

describeWithPeer('curl', "the seed's document", () => {
  describeEachDatabase('walked with curl', (getDatabase) => {
    const rig = useCurl(getDatabase);

    it('is known call by call where nothing is there yet', story, async () => {
      const answers = [];
      for (const call of SEED_CALLS) {
        const { status, body } = await askBothWays(rig.admin(), call, NOBODYS);
        answers.push([call.path, status, body]);
      }
      expect(answers).toEqual(ON_A_NEW_RADMETER);
    });

    it('holds from top to bottom with john and his promotion', story, async () => {
      const admin = rig.admin();
      // They stand at the end of the document, but without them there is nothing to read.
      const ids = await makeExamples(admin);
      const walk = new SeedWalk();
      await report(rig.radmeter(), { sessionId: 'A1', inputOctets: GIB / 4, outputOctets: (3 * GIB) / 4 });
      await profileManagement(admin, walk, ids);
      await rig.command(['user', 'set-password', 'john'], 'correct horse\n');
      const john = rig.with('--cookie-jar', rig.jar('john'), '--cookie', rig.jar('john'));
      const credentials = { username: 'john', password: 'correct horse' };
      expect(await john('auth/login/', ...sending('POST', credentials))).toMatchObject({ status: 200 });
      await userProfileUsage(admin, john, walk, ids);
      await profileHistory(admin, walk, ids);
      await report(rig.radmeter(), { sessionId: 'A2', inputOctets: 9 * GIB, outputOctets: 30 * GIB });
      await profileAlerts(admin, walk, ids);
      expect(walk.left).toEqual([]);
      await overQuota(admin, john, ids);
    });
  });
});

/** An access point reports an hour of john's. */
function report(
  radmeter: TestDaemon,
  totals: { sessionId: string; inputOctets: number; outputOctets: number },
): Promise<void> {
  return radmeter.ask(reportRequest({ status: 'interim', user: 'john', seconds: 3_600, ...totals }));
}

async function profileManagement(admin: Curl, walk: SeedWalk, ids: SeedIds): Promise<void> {
  const { etudiant: id, john, jane, promotion } = ids;
  const profile = {
    ...{ ...ETUDIANT_ANSWER, id, created_at: INSTANT, updated_at: INSTANT },
    ...{ users_count: 1, promotions_count: 1 },
  };
  expect(await walk.ask(admin, 'profiles/')).toEqual(ok(pageOf([profile])));
  expect(await walk.ask(admin, 'profiles/active/')).toEqual(ok([profile]));
  await untilSummed(admin, { avg_usage_total_gb: 0.5 });
  expect(await walk.ask(admin, 'profiles/statistics/')).toEqual(ok(statisticsAnswer(id)));
  expect(await walk.ask(admin, 'profiles/{id}/statistics_detail/', { id })).toEqual(ok(detailAnswer(id)));
  const person = { email: '', first_name: '', last_name: '', is_active: true, is_radius_activated: false };
  const janes = { promotion: { id: promotion, name: 'L3 Info' }, assignment_type: 'via_promotion' };
  const johns = { email: 'john@example.org', promotion: null, assignment_type: 'direct' };
  const whole = { profile: { id, name: 'Étudiant' }, next: null, previous: null };
  expect(await walk.ask(admin, 'profiles/{id}/users/', { id })).toEqual(
    ok({
      ...{ ...whole, total_count: 2 },
      users: [
        { ...person, id: jane, username: 'jane', ...janes },
        { ...person, id: john, username: 'john', ...johns },
      ],
    }),
  );
  expect(await walk.ask(admin, 'profiles/{id}/promotions/', { id })).toEqual(
    ok({
      ...{ ...whole, total_count: 1 },
      promotions: [{ id: promotion, name: 'L3 Info', is_active: true, user_count: 1 }],
    }),
  );
}

/** The sums of a busy machine may be a moment old (contract §0.10). */
async function untilSummed(admin: Curl, figures: object): Promise<void> {
  const sums = async () => Object((await admin('profiles/statistics/')).body).all_profiles;
  await expect.poll(sums, { timeout: 30_000 }).toMatchObject([figures]);
}

async function userProfileUsage(admin: Curl, john: Curl, walk: SeedWalk, ids: SeedIds): Promise<void> {
  const { usage: id } = ids;
  const usage = (changed: object) => johnsUsage({ id, user: ids.john, profile: ids.etudiant }, changed);
  const done = (message: string, changed: object) =>
    ok({ status: 'success', message, usage: usage(changed) });
  const today = { used_today: GIB, used_today_gb: 1, daily_usage_percent: 20 };
  const week = { used_week: GIB, used_week_gb: 1, weekly_usage_percent: 3.3333333333333335 };
  const month = { used_month: GIB, used_month_gb: 1, monthly_usage_percent: 1 };
  const total = { used_total: GIB, used_total_gb: 1, total_usage_percent: 2 };

  expect(await walk.ask(john, 'profile-usage/my_usage/')).toEqual(
    ok(usage({ ...today, ...week, ...month, ...total })),
  );
  expect(await walk.ask(admin, 'profile-usage/{id}/reset_daily/', { id })).toEqual(
    done('Compteur journalier réinitialisé', { ...week, ...month, ...total }),
  );
  expect(await walk.ask(admin, 'profile-usage/{id}/reset_weekly/', { id })).toEqual(
    done('Compteur hebdomadaire réinitialisé', { ...month, ...total }),
  );
  expect(await walk.ask(admin, 'profile-usage/{id}/reset_monthly/', { id })).toEqual(
    done('Compteur mensuel réinitialisé', total),
  );
  expect(await walk.ask(admin, 'profile-usage/{id}/reset_all/', { id })).toEqual(
    done('Tous les compteurs réinitialisés', {}),
  );
  // As scripts write a POST without content.
  expect(await admin(`profile-usage/${id}/reset_daily`, '--data', '')).toMatchObject({ status: 200 });
  expect(await walk.ask(admin, 'profile-usage/{id}/add_usage/', { id })).toEqual(
    done('1073741824 octets ajoutés', { ...today, ...week, ...month, ...total }),
  );
  // For administrators, as the document says.
  const refused = { status: 403, body: { detail: 'Access denied: Administrator privileges required.' } };
  const post = ['--request', 'POST', '--header', 'X-Requested-With: curl'];
  expect(await john(`profile-usage/${id}/reset_all/`, ...post)).toEqual(refused);
  expect(await john('profile-usage/my_usage')).toMatchObject(ok({ used_total: GIB }));
}

async function profileHistory(admin: Curl, walk: SeedWalk, ids: SeedIds): Promise<void> {
  const { etudiant, john, jane } = ids;
  const entry = (changed: { readonly change_type: string }) => historyAnswer(john, changed);
  const given = { new_profile: etudiant, new_profile_name: 'Étudiant' };
  const taken = { old_profile: etudiant, old_profile_name: 'Étudiant' };
  const assigned = entry({ change_type: 'assigned', ...given });
  const removed = entry({ change_type: 'removed', ...taken });
  const johns = [assigned, removed, assigned];
  const janes = johns.map((each) => ({ ...each, user: jane, user_username: 'jane' }));
  expect(await walk.ask(admin, 'profile-history/user_history/?user_id={id}', { id: john })).toEqual(
    ok(johns),
  );
  expect(await walk.ask(admin, 'profile-history/')).toEqual(ok(pageOf([...janes, ...johns])));
  expect(await walk.ask(admin, 'profile-history/?user={user_id}', { user_id: john })).toEqual(
    ok(pageOf(johns)),
  );
  expect(await walk.ask(admin, 'profile-history/?profile={profile_id}', { profile_id: etudiant })).toEqual(
    ok(pageOf([...janes, ...johns])),
  );
}

async function profileAlerts(admin: Curl, walk: SeedWalk, ids: SeedIds): Promise<void> {
  const { etudiant, john, alert } = ids;
  const page = pageOf([{ ...ALERT_ANSWER, id: alert, profile: etudiant }]);
  const due = {
    alert_id: alert,
    alert_type: 'quota_warning',
    user_id: john,
    username: 'john',
    profile_name: 'Étudiant',
    threshold: 80,
    current_usage_percent: 80,
    days_remaining: expect.toBeOneOf([29, 30]),
    message: 'Attention john, vous avez utilisé 80.0% de votre quota. Il reste 10.0 Go.',
    already_delivered: false,
  };
  expect(await walk.ask(admin, 'profile-alerts/check_alerts/')).toEqual(
    ok({ triggered_count: 1, alerts: [due], has_all_alerts: true, as_of: INSTANT }),
  );
  expect(await walk.ask(admin, 'profile-alerts/')).toEqual(ok(page));
  expect(await walk.ask(admin, 'profile-alerts/?profile={profile_id}', { profile_id: etudiant })).toEqual(
    ok(page),
  );
  expect(await walk.ask(admin, 'profile-alerts/?is_active=true')).toEqual(ok(page));
}

/** 40 GiB in a day, where 5 are allowed. */
async function overQuota(admin: Curl, john: Curl, { etudiant }: SeedIds): Promise<void> {
  expect(await john('profile-usage/my_usage/')).toMatchObject(
    ok({
      ...{ used_today: 40 * GIB, used_today_gb: 40, daily_usage_percent: 100, total_usage_percent: 80 },
      is_exceeded: true,
    }),
  );
  await untilSummed(admin, { exceeded_count: 1, exceeded_percent: 50, avg_usage_total_gb: 20 });
  expect(await admin(`profiles/${etudiant}/statistics_detail/`)).toMatchObject(
    ok({
      users: { exceeded: 1, active: 1 },
      distribution: { '0-25%': 1, '25-50%': 0, '50-75%': 0, '75-100%': 1, '>100%': 0 },
    }),
  );
}

function ok(body: unknown): CurlAnswer {
  return { status: 200, body };
}

function pageOf(results: readonly unknown[]) {
  return { count: results.length, next: null, previous: null, results };
}

/** Ids that no row has. */
const NOBODYS = { id: 999_999, user_id: 999_999, profile_id: 999_999 };

const NO_PAGE = pageOf([]);
const NOT_FOUND = { detail: 'Not found.' };
const NONE_DUE = { triggered_count: 0, alerts: [], has_all_alerts: true, as_of: INSTANT };
const NO_STATISTICS = {
  as_of: INSTANT,
  summary: {
    total_profiles: 0,
    active_profiles: 0,
    inactive_profiles: 0,
    unlimited_profiles: 0,
    limited_profiles: 0,
  },
  top_profiles: [],
  all_profiles: [],
};
const ON_A_NEW_RADMETER = [
  ['profiles/', 200, NO_PAGE],
  ['profiles/active/', 200, []],
  ['profiles/statistics/', 200, NO_STATISTICS],
  ['profiles/{id}/statistics_detail/', 404, NOT_FOUND],
  ['profiles/{id}/users/', 404, NOT_FOUND],
  ['profiles/{id}/promotions/', 404, NOT_FOUND],
  ['profile-usage/my_usage/', 404, { error: 'Aucune utilisation trouvée pour cet utilisateur' }],
  ['profile-usage/{id}/reset_daily/', 404, NOT_FOUND],
  ['profile-usage/{id}/reset_weekly/', 404, NOT_FOUND],
  ['profile-usage/{id}/reset_monthly/', 404, NOT_FOUND],
  ['profile-usage/{id}/reset_all/', 404, NOT_FOUND],
  ['profile-usage/{id}/add_usage/', 404, NOT_FOUND],
  ['profile-history/user_history/?user_id={id}', 200, []],
  ['profile-history/', 200, NO_PAGE],
  ['profile-history/?user={user_id}', 200, NO_PAGE],
  ['profile-history/?profile={profile_id}', 200, NO_PAGE],
  ['profile-alerts/check_alerts/', 200, NONE_DUE],
  ['profile-alerts/', 200, NO_PAGE],
  ['profile-alerts/?profile={profile_id}', 200, NO_PAGE],
  ['profile-alerts/?is_active=true', 200, NO_PAGE],
];
