/** Settings: what radmeter listens on, and how long a sign-in lasts. */
import {
  httpListen,
  type Listen,
  listenList,
  listenListOrNone,
  listenText,
  proxyList,
} from './listen-setting.ts';
import { type Setting, setting } from './setting.ts';
import { durationMs, durationSeconds, text } from './values.ts';

/** The settings, in the order in which they are shown. */
export const NETWORK_SETTINGS = {
  acctListen: setting<readonly Listen[]>({
    name: 'acct-listen',
    type: 'list of ADDRESS:PORT',
    description: 'Where Accounting-Requests are received.',
    default: [
      { address: '0.0.0.0', port: 1813 },
      { address: '::', port: 1813 },
    ],
    example: '192.0.2.1:1813,[2001:db8::1]:1813',
    parse: listenList,
    show: (listens) => listens.map(listenText).join(', '),
  }),
  authListen: setting<readonly Listen[]>({
    name: 'auth-listen',
    type: 'list of ADDRESS:PORT or none',
    description: 'Where Access-Requests are received; empty or none turns authentication off.',
    default: [
      { address: '0.0.0.0', port: 1812 },
      { address: '::', port: 1812 },
    ],
    example: '192.0.2.1:1812,[2001:db8::1]:1812',
    parse: listenListOrNone,
    show: (listens) => (listens.length === 0 ? 'none' : listens.map(listenText).join(', ')),
  }),
  acctInterimIntervalSeconds: setting<number>({
    name: 'acct-interim-interval',
    type: 'duration',
    description: 'How often NASes are asked to report on a session they let in. 1m to 1d.',
    default: 300,
    example: '10m',
    parse: durationSeconds(60, 86_400),
    show: (seconds) => `${seconds} s`,
  }),
  httpListen: setting<Listen | null>({
    name: 'http-listen',
    type: 'ADDRESS:PORT or none',
    description: 'Where HTTP is served: the API, /healthz, /readyz and /metrics; empty or none turns it off.',
    default: { address: '127.0.0.1', port: 8080 },
    example: '[::1]:8080',
    parse: httpListen,
    show: (listen) => (listen === null ? 'none' : listenText(listen)),
  }),
  httpTlsCert: setting<string | null>({
    name: 'http-tls-cert',
    type: 'path',
    description: 'The certificate, with its chain, HTTP is served with (PEM); without it, in clear.',
    default: null,
    example: '/etc/radmeter/tls/cert.pem',
    parse: text,
    show: (path) => path ?? 'none',
  }),
  httpTlsKey: setting<string | null>({
    name: 'http-tls-key',
    type: 'path',
    description: 'The private key of `http-tls-cert` (PEM).',
    default: null,
    example: '/etc/radmeter/tls/key.pem',
    parse: text,
    show: (path) => path ?? 'none',
  }),
  httpTrustedProxies: setting<readonly string[]>({
    name: 'http-trusted-proxies',
    type: 'list of addresses and prefixes',
    description:
      'The reverse proxies that are believed where a request comes from (X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host); nobody else is.',
    default: [],
    example: '127.0.0.1,10.20.0.0/16',
    parse: proxyList,
    show: (proxies) => (proxies.length === 0 ? 'none' : proxies.join(', ')),
  }),
  accessTokenLifetimeMs: setting<number>({
    name: 'access-token-lifetime',
    type: 'duration',
    description: 'How long an access token of a sign-in, and its cookie, are good for.',
    default: 3_600_000,
    example: '15m',
    parse: durationMs(60_000, 86_400_000),
    show: (ms) => `${ms / 1000} s`,
  }),
  refreshTokenLifetimeMs: setting<number>({
    name: 'refresh-token-lifetime',
    type: 'duration',
    description: 'How long somebody who is idle stays signed in.',
    default: 86_400_000,
    example: '7d',
    parse: durationMs(60_000, 365 * 86_400_000),
    show: (ms) => `${ms / 1000} s`,
  }),
} satisfies Record<string, Setting<unknown>>;
