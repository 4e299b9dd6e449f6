/** The examples of the seed's document, made over HTTP: the profile, to whom it is assigned, and the alert. */
import { expect } from 'vitest';
import { type Curl, sending } from './curl.ts';
import { ETUDIANT_ANSWER } from './profile-literals.ts';
import { ALERT_ANSWER, effectiveProfile, historyAnswer, INSTANT, johnsUsage } from './seed-answers.ts';
import { ETUDIANT_JSON, SEED_ALERT } from './seed-document.ts';

/** What the examples made. */
export interface SeedIds {
  readonly etudiant: number;
  readonly john: number;
  /** A member of the promotion. */
  readonly jane: number;
  readonly promotion: number;
  readonly alert: number;
  /** John's. */
  readonly usage: number;
}

/** Makes them in the document's order, and looks at every answer and at what follows from it by itself. */
export async function makeExamples(admin: Curl): Promise<SeedIds> {
  const john = await created(admin, 'users/', { username: 'john', email: 'john@example.org' });
  const promotion = await created(admin, 'promotions/', { name: 'L3 Info' });
  const jane = await created(admin, 'users/', { username: 'jane', promotion });
  const profile = await admin('profiles/', ...sending('POST', ETUDIANT_JSON));
  expect(profile).toEqual({
    status: 201,
    body: { ...ETUDIANT_ANSWER, created_at: INSTANT, updated_at: INSTANT },
  });
  const etudiant = idIn(profile.body);
  const usage = await assignToJohn(admin, { etudiant, john });
  await assignToPromotion(admin, { etudiant, jane, promotion });
  const alert = await admin('profile-alerts/', ...sending('POST', { profile: etudiant, ...SEED_ALERT }));
  expect(alert).toEqual({ status: 201, body: { ...ALERT_ANSWER, profile: etudiant } });
  return { etudiant, john, jane, promotion, alert: idIn(alert.body), usage };
}

async function created(admin: Curl, path: string, json: object): Promise<number> {
  const { status, body } = await admin(path, ...sending('POST', json));
  expect(status).toBe(201);
  return idIn(body);
}

function idIn(body: unknown): number {
  return Number(Reflect.get(Object(body), 'id'));
}

/** As a field of the user, and by the actions of the profile, which can take it away again. Returns the id of the usage that came of it. */
async function assignToJohn(admin: Curl, ids: Pick<SeedIds, 'etudiant' | 'john'>): Promise<number> {
  const { etudiant: id, john } = ids;
  const history = async () => Object((await admin(`profile-history/?user=${john}`)).body).results;
  const usages = async () => Object((await admin('profile-usage')).body);
  const entry = (changed: { readonly change_type: string }) => historyAnswer(john, changed);
  const given = { new_profile: id, new_profile_name: 'Étudiant' };
  const taken = { old_profile: id, old_profile_name: 'Étudiant' };
  expect(await usages()).toMatchObject({ count: 0, results: [] });

  expect(await admin(`users/${john}/`, ...sending('PATCH', { profile: id }))).toMatchObject({
    status: 200,
    body: { profile: id, profile_name: 'Étudiant', effective_profile: effectiveProfile(id) },
  });
  const assigned = entry({ ...given, change_type: 'assigned' });
  expect(await history()).toEqual([assigned]);
  const { count, results } = await usages();
  const usage = idIn(results[0]);
  const fresh = johnsUsage({ id: usage, user: john, profile: id });
  expect([count, results]).toEqual([1, [fresh]]);

  const remove = await admin(`profiles/${id}/remove_from_user/`, ...sending('POST', { user_id: john }));
  expect(remove).toMatchObject({
    status: 200,
    body: { status: 'success', message: "Profil 'Étudiant' retiré de john", user: { profile: null } },
  });
  const removed = entry({ ...taken, change_type: 'removed' });
  expect(await history()).toEqual([removed, assigned]);
  expect(await usages()).toMatchObject({ results: [{ is_active: false, effective_profile: null }] });

  const assign = await admin(`profiles/${id}/assign_to_user/`, ...sending('POST', { user_id: john }));
  expect(assign).toMatchObject({
    status: 200,
    body: { status: 'success', message: "Profil 'Étudiant' assigné à john", user: { profile: id } },
  });
  expect(await history()).toEqual([assigned, removed, assigned]);
  expect((await usages()).results).toEqual([fresh]);
  return usage;
}

/** As a field of the promotion, and by the action of the profile: every member inherits it. */
async function assignToPromotion(
  admin: Curl,
  { etudiant, jane, promotion }: Pick<SeedIds, 'etudiant' | 'jane' | 'promotion'>,
): Promise<void> {
  const member = async () => Object((await admin(`users/${jane}/`)).body);
  const patch = (profile: number | null) =>
    admin(`promotions/${promotion}/`, ...sending('PATCH', { profile }));
  expect(await patch(etudiant)).toEqual({
    status: 200,
    body: {
      id: promotion,
      name: 'L3 Info',
      profile: etudiant,
      profile_name: 'Étudiant',
      is_active: true,
      created_at: INSTANT,
      updated_at: INSTANT,
      user_count: 1,
      active_user_count: 1,
    },
  });
  const inherited = { profile: null, effective_profile: effectiveProfile(etudiant) };
  expect(await member()).toMatchObject(inherited);
  await patch(null);
  expect(await member()).toMatchObject({ effective_profile: null });
  const path = `profiles/${etudiant}/assign_to_promotion`;
  expect(await admin(path, ...sending('POST', { promotion_id: promotion }))).toMatchObject({
    status: 200,
    body: {
      status: 'success',
      message: "Profil 'Étudiant' assigné à la promotion L3 Info",
      users_changed: 1,
    },
  });
  expect(await member()).toMatchObject(inherited);
}
