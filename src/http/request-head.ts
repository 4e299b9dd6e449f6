/** The headers that say where a request goes and who sends it: one of each, and such as can be read. */
import type { FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';

/** Of several, whatever stands before radmeter may take another than radmeter does. */
const SINGLE = ['host', 'authorization'];

/** Throws AppError `invalid` for a request whose Host is none (RFC 9112 §3.2; lists make addresses of it), missing though its HTTP has one, or that says twice where it goes or who sends it. */
export function refuseAmbiguousHead({ raw, host }: FastifyRequest): void {
  // Names and values take turns in it, and what Node keeps the first of is all there.
  const names = raw.rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  for (const single of SINGLE) {
    if (names.indexOf(single) === names.lastIndexOf(single)) continue;
    throw new AppError('invalid', `The request has several ${single} headers.`);
  }
  const needsHost = raw.httpVersionMajor > 0 && raw.httpVersion !== '1.0';
  if ((needsHost && !names.includes('host')) || !isHost(host)) {
    throw new AppError('invalid', 'The Host header cannot be read.');
  }
}

/** Whether text is what stands before the path of an address; nothing at all is allowed. */
function isHost(text: string): boolean {
  return text === '' || (/^[^\s/?#@\\]+$/.test(text) && URL.canParse(`http://${text}`));
}
