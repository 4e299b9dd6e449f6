/** Mail by SMTP: the one file that knows nodemailer. */
import { readFileSync } from 'node:fs';
import { createTransport } from 'nodemailer';
import type { MailRow } from './queue-row.ts';
import type { Outlet } from './queue-sender.ts';
import type { Attempt } from './retry-rule.ts';

/** The mail server. */
export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** From the first byte, by STARTTLS before anything else is said, or not at all. */
  readonly tls: 'implicit' | 'starttls' | 'off';
  /** A file of certificates (PEM) to trust beside those of the system; null without. */
  readonly caFile: string | null;
  /** Null where it lets everybody in who can reach it. */
  readonly user: string | null;
  readonly password: string | null;
  /** `NAME <ADDRESS>` or an address. */
  readonly from: string;
  readonly waits?: Partial<SmtpWaits>;
}

/** How long the mail server is waited for, milliseconds. */
export interface SmtpWaits {
  /** For a connection, and then for its greeting. */
  readonly connectMsMax: number;
  /** Until it is ready for the text of a mail, from the beginning on. */
  readonly commandsMsMax: number;
  /** For its word that it has taken the text. Whoever hangs up earlier gets the mail delivered and sends it again (RFC 5321 §4.5.3.2.6: ten minutes at least). */
  readonly acceptanceMsMax: number;
}

const WAITS: SmtpWaits = { connectMsMax: 15_000, commandsMsMax: 60_000, acceptanceMsMax: 11 * 60_000 };

/** What a mail is made of. */
export interface OutgoingMail {
  readonly recipient: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
  /** The part of the Message-ID before the `@`: the same at every attempt. */
  readonly messageId: string;
}

export interface Mailer {
  /** Returns the server's own words; rejects where it does not take the mail. `onTold` is called when the server begins to take the text: from then on it may have the mail. */
  send(mail: OutgoingMail, terms: { signal: AbortSignal; onTold?: () => void }): Promise<string>;
  close(): void;
}

const CONNECTIONS_MAX = 5;

/** Returns a mailer; it connects when the first mail is sent. Throws where the file of certificates cannot be read. */
export function openMailer(options: SmtpOptions): Mailer {
  const { host, port, tls, caFile, user, password, from } = options;
  const { connectMsMax, commandsMsMax, acceptanceMsMax } = { ...WAITS, ...options.waits };
  const transport = createTransport({
    pool: true,
    maxConnections: CONNECTIONS_MAX,
    // Who sends again, and when, is the queue's to say.
    maxRequeues: 0,
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'off',
    ...(caFile === null ? {} : { tls: { ca: readFileSync(caFile, 'utf8') } }),
    ...(user === null || password === null ? {} : { auth: { user, pass: password } }),
    connectionTimeout: connectMsMax,
    dnsTimeout: connectMsMax,
    greetingTimeout: connectMsMax,
    // From the last octet heard or said, the end of the text at the latest.
    socketTimeout: acceptanceMsMax,
    socketCloseTimeout: 250,
    // Text comes from templates and names: it must name no file and no address to be fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const underWay = new Map<string, () => void>();
  transport.use('stream', (mail, next) => {
    const onTold = underWay.get(mail.message.messageId());
    // It flows once the server has answered DATA.
    mail.message.processFunc((text) => text.once('resume', () => onTold?.()));
    next();
  });
  const domain = /@([^\s<>@]+)>?\s*$/.exec(from)?.[1] ?? host;
  return {
    send: async ({ recipient, subject, text, html, messageId: id }, { signal, onTold }) => {
      const messageId = `<${id}@${domain}>`;
      const tooLate = new AbortController();
      const timer = setTimeout(() => tooLate.abort(), commandsMsMax);
      underWay.set(messageId, () => {
        clearTimeout(timer);
        onTold?.();
      });
      const mail = {
        from,
        // As an object it is one address, whatever stands in it.
        to: { name: '', address: recipient },
        subject,
        text,
        ...(html === null ? {} : { html }),
        messageId,
        // RFC 3834 §5: nobody's absence is to be answered to us.
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal: AbortSignal.any([signal, tooLate.signal]),
      };
      try {
        return (await transport.sendMail(mail)).response;
      } catch (error) {
        if (!tooLate.signal.aborted) throw error;
        const seconds = commandsMsMax / 1000;
        throw new Error(`the mail server was not ready for the mail within ${seconds} s`, { cause: error });
      } finally {
        clearTimeout(timer);
        underWay.delete(messageId);
      }
    },
    close: () => transport.close(),
  };
}

/** Returns the way out for the queue of mails. */
export function mailOutlet(options: SmtpOptions): Outlet<MailRow> {
  let mailer: Mailer | undefined;
  return {
    send: async (row, signal) => {
      let isTold = false;
      const onTold = () => {
        isTold = true;
      };
      try {
        mailer ??= openMailer(options);
        await mailer.send(mailOf(row), { signal, onTold });
        return { isSent: true };
      } catch (error) {
        return judgeMailError(error, isTold);
      }
    },
    close: () => mailer?.close(),
  };
}

function mailOf(row: MailRow): OutgoingMail {
  return {
    recipient: row.recipient,
    subject: row.subject,
    text: row.body_text,
    html: row.body_html,
    messageId: row.message_id ?? `mail-${row.id}`,
  };
}

/** What the server refused while it was told of one message; anything else is about the server. */
const MESSAGE_COMMANDS = new Set(['RCPT TO', 'DATA']);

/** Returns what an error of sending means for the mail. Given up is only what the server will never take (RFC 5321 §4.2.1: 5yz about the recipient or the content); a policy (RFC 3463: x.7.z) is somebody's setting and may change. `isTold` says that the server had begun to take the text: without an answer it may have the mail. */
export function judgeMailError(error: unknown, isTold: boolean): Attempt & { readonly isSent: false } {
  const { responseCode, command, response, code } = smtpFacts(error);
  const reason = mailErrorText(error);
  if (responseCode === undefined && (code === 'EENVELOPE' || code === 'EMESSAGE')) {
    // It never got as far as the server.
    return { isSent: false, reason, isPermanent: true, isServerAway: false, isCounted: true };
  }
  const isAboutMessage = responseCode !== undefined && MESSAGE_COMMANDS.has(command ?? '');
  const isPolicy = /^\d{3}[ -]\d\.7\.\d/.test(response ?? '');
  const isServerAway = !isAboutMessage || responseCode === 421;
  return {
    isSent: false,
    reason,
    isPermanent: isAboutMessage && responseCode >= 500 && !isPolicy,
    isServerAway,
    isCounted: !isServerAway || (isTold && responseCode === undefined),
  };
}

/** Returns an error of sending in words for people; it holds no password. */
export function mailErrorText(error: unknown): string {
  const { response, code } = smtpFacts(error);
  const message = error instanceof Error ? error.message : String(error);
  if (response !== undefined) return message.includes(response) ? message : `${message}: ${response}`;
  return code === undefined || message.includes(code) ? message : `${message} (${code})`;
}

function smtpFacts(error: unknown) {
  const facts = typeof error === 'object' && error !== null ? error : {};
  return {
    responseCode:
      'responseCode' in facts && typeof facts.responseCode === 'number' ? facts.responseCode : undefined,
    command: 'command' in facts && typeof facts.command === 'string' ? facts.command : undefined,
    response: 'response' in facts && typeof facts.response === 'string' ? facts.response : undefined,
    code: 'code' in facts && typeof facts.code === 'string' ? facts.code : undefined,
  };
}
