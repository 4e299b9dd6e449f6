import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { ListenAddress } from '../../src/radius/listen-address.ts';
import { localAddresses } from '../../src/radius/listen-address.ts';
import { UdpSockets } from '../../src/radius/sockets.ts';
import { failOnLeaks } from '../support/leaks.ts';
import { openPeer, type UdpPeer } from '../support/udp-peer.ts';

interface Harness {
  readonly sockets: UdpSockets;
  readonly lines: { level: number; msg: string }[];
}

const opened: UdpSockets[] = [];
const peers: UdpPeer[] = [];

/** Sockets that send every datagram back through the socket it came on. */
function echoing(
  listen: readonly ListenAddress[],
  options: { addresses?: () => readonly string[]; receiveBufferBytes?: number } = {},
): Harness {
  const lines: { level: number; msg: string }[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const sockets = new UdpSockets({
    listen,
    receiveBufferBytes: options.receiveBufferBytes ?? 65_536,
    logger,
    onDatagram: (datagram, { address, port }, socket) => socket.send(datagram, port, address),
    ...(options.addresses === undefined ? {} : { localAddresses: options.addresses }),
  });
  opened.push(sockets);
  return { sockets, lines };
}

async function peer(host?: string): Promise<UdpPeer> {
  const opened = await openPeer(host);
  peers.push(opened);
  return opened;
}

const hosts = (sockets: UdpSockets) => sockets.addresses.map(({ host }) => host).sort();
const hasIpv6 = localAddresses().includes('::1');

describe('UdpSockets', () => {
  failOnLeaks();

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((sockets) => sockets.close()));
    await Promise.all(peers.splice(0).map((socket) => socket.close()));
  });

  it('opens a socket for every local address of a wildcard, all on one port', async () => {
    const { sockets } = echoing([{ host: '0.0.0.0', port: 0 }]);
    await sockets.open();
    expect(hosts(sockets)).toEqual(
      [...new Set(localAddresses().filter((address) => !address.includes(':')))].sort(),
    );
    const ports = new Set(sockets.addresses.map(({ port }) => port));
    expect(ports.size).toBe(1);
    expect(ports.has(0)).toBe(false);
  });

  it('answers from the address that was asked', async () => {
    const { sockets } = echoing([{ host: '0.0.0.0', port: 0 }], {
      addresses: () => ['127.0.0.1', '127.0.0.2', '::1'],
    });
    await sockets.open();
    const port = sockets.addresses[0]?.port ?? 0;
    const asking = await peer();
    for (const host of ['127.0.0.2', '127.0.0.1']) {
      await asking.send(Buffer.from(host), port, host);
      expect(await asking.next()).toEqual({ bytes: Buffer.from(host), from: host });
    }
  });

  it('follows local addresses as they come and go, on the same port', async () => {
    let addresses = ['127.0.0.1'];
    const { sockets } = echoing([{ host: '0.0.0.0', port: 0 }], { addresses: () => addresses });
    await sockets.open();
    const port = sockets.addresses[0]?.port;
    addresses = ['127.0.0.2', '127.0.0.3'];
    await sockets.rescan();
    expect(sockets.addresses).toEqual([
      { host: '127.0.0.2', port },
      { host: '127.0.0.3', port },
    ]);
  });

  it('skips a local address that is not ready yet and opens it once it is', async () => {
    // 192.0.2.0/24 is for documentation (RFC 5737); 198.51.100.1 is on no machine.
    let addresses = ['127.0.0.1', '198.51.100.1'];
    const { sockets } = echoing([{ host: '0.0.0.0', port: 0 }], { addresses: () => addresses });
    await sockets.open();
    expect(hosts(sockets)).toEqual(['127.0.0.1']);
    addresses = ['127.0.0.1', '127.0.0.2'];
    await sockets.rescan();
    expect(hosts(sockets)).toEqual(['127.0.0.1', '127.0.0.2']);
  });

  it('warns where no local address is of the family of a wildcard, and goes on', async () => {
    const listen = [
      { host: '0.0.0.0', port: 0 },
      { host: '::', port: 0 },
    ];
    const { sockets, lines } = echoing(listen, { addresses: () => ['127.0.0.1'] });
    await sockets.open();
    expect(hosts(sockets)).toEqual(['127.0.0.1']);
    expect(lines.filter(({ level }) => level === 40)).toEqual([
      expect.objectContaining({
        listen: '[::]:0',
        msg: expect.stringContaining('no local address of this family'),
      }),
    ]);
  });

  it('refuses to open nothing at all', async () => {
    const { sockets } = echoing([{ host: '::', port: 0 }], { addresses: () => ['127.0.0.1'] });
    await expect(sockets.open()).rejects.toThrow('No local address to listen on for UDP [::]:0.');
  });

  it('says which port is taken, and leaves nothing open', async () => {
    const other = await peer();
    const { sockets } = echoing([
      { host: '127.0.0.1', port: 0 },
      { host: '0.0.0.0', port: other.port },
    ]);
    await expect(sockets.open()).rejects.toMatchObject({
      code: 'unavailable',
      message: `UDP 0.0.0.0:${other.port} is in use by another process; stop that one or listen on another port.`,
      cause: expect.objectContaining({ code: 'EADDRINUSE' }),
    });
    expect(sockets.addresses).toEqual([]);
  });

  it('says that an address is not of this machine', async () => {
    const { sockets } = echoing([{ host: '198.51.100.1', port: 0 }]);
    await expect(sockets.open()).rejects.toThrow(/UDP 198\.51\.100\.1:0 cannot be opened: no interface/);
  });

  it('reads the effective receive buffer back, and says how to raise it when it is small', async () => {
    const modest = echoing([{ host: '127.0.0.1', port: 0 }], { receiveBufferBytes: 65_536 });
    await modest.sockets.open();
    expect(modest.sockets.receiveBufferBytes).toBe(65_536);
    expect(modest.lines).toEqual([]);

    const greedy = echoing([{ host: '127.0.0.1', port: 0 }], { receiveBufferBytes: 1_073_741_823 });
    await greedy.sockets.open();
    expect(greedy.sockets.receiveBufferBytes).toBeLessThan(1_073_741_823);
    expect(greedy.lines[0]?.msg).toContain('sysctl -w net.core.rmem_max=1073741823');
  });

  it.runIf(hasIpv6)('serves IPv6 beside IPv4 on one port', async () => {
    const addresses = () => ['127.0.0.1', '::1'];
    const first = echoing([{ host: '0.0.0.0', port: 0 }], { addresses });
    await first.sockets.open();
    const port = first.sockets.addresses[0]?.port ?? 0;
    const second = echoing([{ host: '::', port }], { addresses });
    await second.sockets.open();
    const asking = await peer('::1');
    await asking.send(Buffer.from('hello'), port);
    expect(await asking.next()).toEqual({ bytes: Buffer.from('hello'), from: '::1' });
  });

  it('loses what is sent through a closed socket instead of failing', async () => {
    const replies: (() => void)[] = [];
    const asking = await peer();
    const sockets = new UdpSockets({
      listen: [{ host: '127.0.0.1', port: 0 }],
      receiveBufferBytes: 65_536,
      logger: pino({ level: 'silent' }),
      onDatagram: (datagram, { address, port }, socket) => {
        replies.push(() => socket.send(datagram, port, address));
        socket.send(datagram, port, address);
      },
    });
    opened.push(sockets);
    await sockets.open();
    await asking.send(Buffer.from('x'), sockets.addresses[0]?.port ?? 0);
    await asking.next();
    await sockets.close();
    expect(() => replies[0]?.()).not.toThrow();
  });
});
