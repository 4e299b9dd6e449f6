/** Certificates that openssl makes for a test. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface TestCertificate {
  readonly certPath: string;
  readonly keyPath: string;
  /** What whoever connects must trust. */
  readonly ca: string;
}

/** Makes a key and a certificate of 127.0.0.1 signed by itself, in files of a directory. */
export function makeCertificate(directory: string, name: string): TestCertificate {
  const certPath = join(directory, `${name}-cert.pem`);
  const keyPath = join(directory, `${name}-key.pem`);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyPath];
  const subject = ['-subj', '/CN=radmeter', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', '-days', '1', ...key, ...subject, '-out', certPath], {
    stdio: 'pipe',
  });
  return { certPath, keyPath, ca: readFileSync(certPath, 'utf8') };
}
