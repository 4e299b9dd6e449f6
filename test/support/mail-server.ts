/** A real mail server of a test: takes mail, refuses it, or says nothing at all. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import type { TestCertificate } from './certificates.ts';

/** One message as it came. */
export interface ReceivedMail extends ParsedMail {
  /** To whom the envelope said, not the header. */
  readonly recipients: readonly string[];
  /** Who had signed in; undefined where nobody had. */
  readonly user: string | undefined;
  readonly isEncrypted: boolean;
}

export interface MailServerOptions {
  readonly certificate?: TestCertificate;
  /** TLS from the first byte. */
  readonly isImplicit?: boolean;
  /** Whom it lets in; without it, everybody. */
  readonly credentials?: { readonly user: string; readonly password: string };
  /** Answers a recipient with this error (`450 4.2.1 later`); undefined takes it. */
  readonly refuse?: (recipient: string) => string | undefined;
  /** Called with each message before it is taken; what it throws is answered. */
  readonly onMessage?: (mail: ReceivedMail) => Promise<void> | void;
}

export interface TestMailServer {
  readonly port: number;
  readonly received: readonly ReceivedMail[];
  close(): Promise<void>;
}

/** Starts a mail server on a free port of 127.0.0.1. */
export async function startMailServer(options: MailServerOptions = {}): Promise<TestMailServer> {
  const { certificate, isImplicit = false, credentials, refuse, onMessage } = options;
  const received: ReceivedMail[] = [];
  const server = new SMTPServer({
    secure: isImplicit,
    ...(certificate === undefined
      ? { disabledCommands: ['STARTTLS'] }
      : { key: readFileSync(certificate.keyPath), cert: readFileSync(certificate.certPath) }),
    authOptional: credentials === undefined,
    onAuth: (auth, _session, done) => {
      const isKnown = auth.username === credentials?.user && auth.password === credentials?.password;
      done(isKnown ? null : new Error('535 5.7.8 who are you'), { user: auth.username });
    },
    onRcptTo: ({ address }, _session, done) => done(refusal(refuse?.(address))),
    onData: (stream, session, done) => {
      const take = async () => {
        const parsed = await simpleParser(await buffer(stream));
        const mail = {
          ...parsed,
          recipients: session.envelope.rcptTo.map(({ address }) => address),
          user: session.user === undefined ? undefined : String(session.user),
          isEncrypted: session.secure,
        };
        await onMessage?.(mail);
        received.push(mail);
      };
      take().then(
        () => done(),
        (error: Error) => done(error),
      );
    },
    closeTimeout: 100,
  });
  // A peer that breaks off is what some tests are about.
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: portOf(server.server),
    received,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Starts something that takes connections and never says a word. */
export async function startSilentServer(): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Starts a mail server without TLS that takes mail until it comes to a command (`.`: the end of the text), at which it falls silent for ever. */
export async function startHangingServer(
  command: string,
): Promise<{ port: number; silences(): number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  let silences = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.write('220 hanging ESMTP\r\n');
    createInterface({ input: socket }).on('line', (line) => {
      const isText = !/^(EHLO|MAIL|RCPT|DATA|RSET|QUIT|\.)/.test(line);
      const isOver = line.startsWith(command);
      if (isOver) silences++;
      if (isText || isOver) return;
      socket.write(line === 'DATA' ? '354 go on\r\n' : '250 fine\r\n');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    silences: () => silences,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The package takes the code of an answer from the error. */
function refusal(answer: string | undefined): Error | null {
  if (answer === undefined) return null;
  return Object.assign(new Error(answer.slice(4)), { responseCode: Number(answer.slice(0, 3)) });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port');
  return address.port;
}
