/** Forms sent with curl, as scripts and pages of the Django application send them (contract §4). */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { useCurl } from '../support/curl.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { describeWithPeer } from '../support/real-clients.ts';

/** A process for each request, on a busy machine. */
const story = { timeout: 120_000 };
const FORGED = { detail: 'CSRF Failed: the request comes from a page of another site.' };

describeWithPeer('curl', 'somebody who sends forms', () => {
  describeEachDatabase('', (getDatabase) => {
    const rig = useCurl(getDatabase);

    it('makes, changes and counts with them as with JSON', story, async () => {
      const admin = rig.admin();
      const plan = ['--data-urlencode', 'name=Étudiant', '--data-urlencode', 'daily_limit=1073741824'];
      const made = await admin('profiles/', ...plan);
      expect(made).toMatchObject({ status: 201, body: { name: 'Étudiant', daily_limit: 1_073_741_824 } });
      const { id } = Object(made.body);

      const parts = ['--form-string', 'daily_limit=', '--form-string', 'is_active=false'];
      expect(await admin(`profiles/${id}/`, '--request', 'PATCH', ...parts)).toMatchObject({
        status: 200,
        body: { name: 'Étudiant', daily_limit: null, is_active: false },
      });

      const wrong = ['--form', 'name=Invité', '--form', 'bandwidth_upload=5 Mbit/s'];
      expect(await admin('profiles/', ...wrong)).toEqual({
        status: 400,
        body: { bandwidth_upload: ['Expected a whole number from 1 to 2147483647, got "5 Mbit/s".'] },
      });
    });

    it('is refused a file, in one piece, in chunks, and one that is too large', story, async () => {
      const admin = rig.admin();
      const file = rig.jar('photo.png');
      const chunked = ['--header', 'Transfer-Encoding: chunked', '--header', 'Expect:'];
      writeFileSync(file, Buffer.alloc(10_000, 0xff));
      for (const more of [[], chunked]) {
        expect(
          await admin('profiles/', ...more, '--form', 'name=a', '--form', `description=@${file}`),
        ).toEqual({
          status: 400,
          body: { description: ['This field takes no file.'] },
        });
      }
      writeFileSync(file, Buffer.alloc(100_000, 0xff));
      for (const more of [['--header', 'Expect:'], chunked]) {
        expect(await admin('profiles/', ...more, '--form', `description=@${file}`)).toEqual({
          status: 413,
          body: { detail: 'The body is too large.' },
        });
      }
      expect(await admin('profiles/')).toMatchObject({ status: 200, body: { count: 0 } });
    });

    it('signs in with one; a page of another site changes nothing with the cookie', story, async () => {
      await rig.command(['user', 'create', '--username', 'john']);
      await rig.command(['user', 'set-password', 'john'], 'correct horse');
      const jar = rig.jar('john');
      const john = rig.with('--cookie', jar, '--cookie-jar', jar);
      const login = ['--data', 'username=john', '--data-urlencode', 'password=correct horse'];
      expect(await john('auth/login/', ...login)).toMatchObject({
        status: 200,
        body: { message: 'Login successful' },
      });

      for (const form of [
        ['--data', 'first_name=Eve'],
        ['--form', 'first_name=Eve'],
      ]) {
        const change = ['--request', 'PATCH', ...form];
        const forged = ['--header', 'Origin: https://evil.example', '--header', 'Sec-Fetch-Site: cross-site'];
        expect(await john('auth/profile/', ...change, ...forged)).toEqual({ status: 403, body: FORGED });
        expect(await john('users/me/')).toMatchObject({ body: { first_name: '' } });
      }
      const own = ['--header', 'X-Requested-With: curl', '--data', 'first_name=John'];
      expect(await john('auth/profile/', '--request', 'PATCH', ...own)).toMatchObject({
        status: 200,
        body: { first_name: 'John' },
      });
    });
  });
});
