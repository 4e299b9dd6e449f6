/** The certificate and key HTTPS is served with. */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { ConfigError } from '../errors.ts';

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** Returns the contents, both PEM; throws ConfigError where a file cannot be read or they do not belong together. */
export function readTlsFiles(paths: TlsFiles): TlsFiles {
  const files = { cert: readPem('http-tls-cert', paths.cert), key: readPem('http-tls-key', paths.key) };
  refuseUnusable(`http-tls-cert: expected a certificate in PEM; got ${JSON.stringify(paths.cert)}`, {
    cert: files.cert,
  });
  refuseUnusable(
    `http-tls-key: expected the private key, in PEM and without a passphrase, of the certificate in http-tls-cert; got ${JSON.stringify(paths.key)}`,
    files,
  );
  return files;
}

function readPem(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? error.code : error;
    throw new ConfigError(`${setting}: the file ${JSON.stringify(path)} cannot be read (${reason})`, {
      cause: error,
    });
  }
}

function refuseUnusable(message: string, files: Partial<TlsFiles>): void {
  try {
    createSecureContext(files);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${message} (${reason})`, { cause: error });
  }
}
