/** A daemon that is watched: real packets in, events out of its socket. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createProfile } from '../../src/profiles/profile-commands.ts';
import { createUser } from '../../src/profiles/user-commands.ts';
import { watchTrace } from '../../src/trace/trace-client.ts';
import type { TraceEvent, TraceMessage } from '../../src/trace/trace-event.ts';
import type { TraceSubject } from '../../src/trace/trace-filter.ts';
import { commandContext } from '../support/command-context.ts';
import { describeEachDatabase } from '../support/databases.ts';
import { failOnLeaks } from '../support/leaks.ts';
import { signedRequest } from '../support/packet-builder.ts';
import { type Report, reportRequest } from '../support/session-packets.ts';
import { newTestDaemon, type TestDaemon } from '../support/test-daemon.ts';

describeEachDatabase('a daemon that is watched', (getDatabase) => {
  failOnLeaks();
  let stateDir = '';
  let running: TestDaemon[] = [];
  let stop = new AbortController();

  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), 'radmeter-trace-'));
    running = [];
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    for (const { close } of running) await close();
    rmSync(stateDir, { recursive: true, force: true });
  });

  const start = async (directory = stateDir) => {
    const made = await newTestDaemon(getDatabase().url, { 'state-dir': directory });
    running.push(made);
    await made.daemon.start();
    return made;
  };
  const socketPath = () => join(stateDir, 'trace.sock');
  /** Begins to watch; the first message says that the daemon has heard. */
  const watch = async (subject: TraceSubject) => {
    const messages = watchTrace({ stateDir, subject, stop: stop.signal });
    const next = async (): Promise<TraceMessage> => {
      const { value, done } = await messages.next();
      if (done) throw new Error('the trace has ended');
      return value;
    };
    expect(await next()).toEqual({ kind: 'watching' });
    return async (): Promise<TraceEvent> => {
      const message = await next();
      if (message.kind !== 'event') throw new Error(`no event: ${JSON.stringify(message)}`);
      return message.event;
    };
  };
  const report = (given: Partial<Report>) =>
    reportRequest({ status: 'start', user: 'john', sessionId: 'S1', ...given });

  it('tells what each packet of a user said and did, and who was charged', async () => {
    const context = commandContext(getDatabase().db, new Date().toISOString());
    await createProfile(context, { name: 'A', dailyLimit: 1_000, quotaType: 'unlimited' });
    await createUser(context, { username: 'john', profile: 'A' });
    const { ask, nas } = await start();
    const next = await watch('john');
    await ask(report({ user: 'ghost', sessionId: 'S2' }));
    await ask(report({}));
    await ask(report({ status: 'interim', seconds: 5, inputOctets: 400, outputOctets: 601 }));

    const began = await next();
    expect(began).toMatchObject({
      nas: 'loopback',
      source: { address: '127.0.0.1', port: nas.port },
      code: 'Accounting-Request',
      identifier: 1,
      outcome: { kind: 'recorded', run: 'began', session: null, added: { input: 0, output: 0 } },
    });
    expect(began.attributes).toContainEqual({ name: 'Acct-Status-Type', value: 'Start' });
    expect((await next()).outcome).toEqual({
      kind: 'recorded',
      run: 'joined',
      session: expect.any(Number),
      added: { input: 400, output: 601 },
      session_total: { input: 400, output: 601 },
      charged: {
        user: 'john',
        terms: 'profile',
        limits: { today: 1_000, week: 32_212_254_720, month: 128_849_018_880, total: null },
        usage: {
          used_today: 1_001,
          used_week: 1_001,
          used_month: 1_001,
          used_total: 1_001,
          is_exceeded: true,
        },
      },
    });
  });

  it('tells whose octets are nobody’s, what is set aside and what is discarded, with the reason', async () => {
    const { ask, nas, port } = await start();
    const next = await watch('loopback');
    await ask(report({ user: 'ghost' }));
    expect((await next()).outcome).toMatchObject({ kind: 'recorded', charged: null });
    await ask(signedRequest({ identifier: 2, attributes: [[40, 3], [1, 'ghost']] })); // biome-ignore format: one packet
    expect((await next()).outcome).toMatchObject({ kind: 'set-aside', reason: expect.stringMatching(/./) });
    await nas.send(signedRequest({ identifier: 3, secret: 'wrong' }), port());
    expect(await next()).toMatchObject({
      code: null,
      outcome: { kind: 'discarded', reason: 'bad-authenticator' },
    });
    await ask(signedRequest({ identifier: 4, attributes: [[40, 7], [32, 'hall'], [41, 0]] })); // biome-ignore format: one packet
    expect((await next()).outcome).toEqual({ kind: 'closed-sessions', closed: 1 });
  });

  it('is watched by its owner alone, and takes the socket away when it stops', async () => {
    const { daemon } = await start();
    expect(statSync(socketPath()).mode & 0o777).toBe(0o600);
    await daemon.close();
    expect(existsSync(socketPath())).toBe(false);
  });

  it('takes over from one that was killed', async () => {
    const listen = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', listen, socketPath()]);
    expect(existsSync(socketPath())).toBe(true);
    const { ask, warnings } = await start();
    const next = await watch(null);
    await ask(report({}));
    expect((await next()).code).toBe('Accounting-Request');
    expect(warnings.filter((line) => line.includes('trace'))).toEqual([]);
  });

  it('leaves one that lives its socket, and measures all the same', async () => {
    const first = await start();
    const second = await start();
    expect(second.warnings).toContainEqual(expect.stringMatching(/trace.*another daemon runs/));
    await second.ask(report({}));
    await second.daemon.close();
    const next = await watch(null);
    await first.ask(report({ sessionId: 'S2' }));
    expect((await next()).nas).toBe('loopback');
  });

  it('measures also where its socket cannot be', async () => {
    const { ask, warnings } = await start(join(stateDir, 'x'.repeat(100)));
    expect(warnings).toContainEqual(expect.stringMatching(/trace.*too long; shorten state-dir/));
    await ask(report({}));
  });

  it.each([['no JSON\n'], ['{"watch":7}\n'], ['{}\n'], ['x'.repeat(9_000)]])(
    'hangs up on who does not ask as agreed: %.12s',
    async (request) => {
      await start();
      const socket = connect(socketPath());
      socket.write(request);
      await new Promise((resolve) =>
        socket
          .on('close', resolve)
          .on('error', () => undefined)
          .resume(),
      );
    },
  );

  it('ends the watch when it stops', async () => {
    const { daemon } = await start();
    const next = await watch(null);
    const ended = expect(next()).rejects.toMatchObject({ code: 'unavailable' });
    await daemon.close();
    await ended;
  });
});
