import { expect, it, vi } from 'vitest';
import { DiscardLog } from '../../src/radius/discard-log.ts';
import { logLines } from '../support/log-lines.ts';

it('tells the first of each reason and NAS at once, the others once a minute, reason and NAS apart', () => {
  vi.useFakeTimers();
  try {
    const { logger, lines } = logLines();
    const log = new DiscardLog(logger);
    const discard = { address: '192.0.2.1', port: 1813 };
    const told = () => lines.filter(({ msg }) => msg === 'datagrams discarded');
    log.note({ ...discard, reason: 'bad-authenticator', nas: { name: 'hall' } });
    expect(told()).toMatchObject(
      [{ reason: 'bad-authenticator', nas: 'hall', count: 1, address: '192.0.2.1', advice: /secret/ }].map(
        ({ advice: _, ...rest }) => rest,
      ),
    );
    expect(told()[0]).not.toHaveProperty('kind');
    log.note({ ...discard, reason: 'bad-authenticator', nas: { name: 'hall' } });
    log.note({ ...discard, reason: 'bad-authenticator', nas: { name: 'yard' } });
    vi.advanceTimersByTime(60_000);
    expect(told().slice(1)).toMatchObject([
      { nas: 'hall', count: 1 },
      { nas: 'yard', count: 1 },
    ]);
    log.close();
  } finally {
    vi.useRealTimers();
  }
});
