/** A datagram that claims UDP source port 0: nothing can be sent back there, and trying it throws. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failOnLeaks } from '../support/leaks.ts';
import { answers, signedRequest } from '../support/packet-builder.ts';
import { startServer } from '../support/radius-server.ts';

const PYTHON = '/usr/bin/python3';
const SENDER = join(import.meta.dirname, '../support/send-from-port-zero.py');
const OPEN_RAW = 'import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)';
const missing =
  spawnSync(PYTHON, ['-c', OPEN_RAW], { stdio: 'ignore' }).status === 0
    ? undefined
    : `raw sockets are missing: needs root and ${PYTHON}`;
const describeWithRawSocket = missing === undefined ? describe : describe.skip;
const suffix = missing === undefined ? '' : ` (${missing})`;

describeWithRawSocket(`a datagram from UDP source port 0${suffix}`, () => {
  failOnLeaks();

  it.each([
    ['Accounting-Request', signedRequest({ attributes: [[44, 'abc']] })],
    [
      'Status-Server',
      signedRequest({ code: 12, messageAuthenticator: 'valid', hasRandomAuthenticator: true }),
    ],
  ])('is discarded however well signed, and the next request answered: %s', async (_, request) => {
    const harness = await startServer();
    const sent = spawnSync(PYTHON, [SENDER, String(harness.port), request.toString('hex')], {
      encoding: 'utf8',
    });
    expect(sent).toMatchObject({ status: 0, stderr: '' });
    const good = signedRequest({ identifier: 7, attributes: [[44, 'good']] });
    const { bytes } = await harness.ask(good);
    expect(answers(bytes, good)).toBe(true);
    expect(harness.discards).toEqual([
      {
        reason: 'source-port-zero',
        address: '127.0.0.1',
        port: 0,
        nas: expect.objectContaining({ name: 'loopback' }),
      },
    ]);
    expect(harness.requests).toHaveLength(1);
    expect(harness.errors).toEqual([]);
    await harness.close();
  });
});
