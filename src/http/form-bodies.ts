/** The fields of forms as the text they were sent as: of `application/x-www-form-urlencoded` and of `multipart/form-data` (contract §4). */
import { isUtf8 } from 'node:buffer';
import { Busboy } from '@fastify/busboy';
import { AppError } from '../errors.ts';

/** One field of a form, which may have several of a name. */
export type FormField = readonly [name: string, text: string];

/** As many as Django takes of one form. */
const FIELDS_MAX = 1_000;

/** Names that mean something to JavaScript, whatever a schema says of them; JSON with them is no JSON here, either. */
const RESERVED_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Returns the fields in their order. Throws AppError `invalid` for what is not percent-encoded UTF-8, for too many fields and for a name that is reserved. */
export function urlencodedFields(bytes: Buffer): FormField[] {
  const text = bytes.toString();
  // URLSearchParams would put other characters in place of what it cannot decode.
  if (!isUtf8(bytes) || !isPercentEncoded(text)) throw formError('its text is not percent-encoded UTF-8');
  const fields = [...new URLSearchParams(text)];
  if (fields.length > FIELDS_MAX) throw formError(TOO_MANY);
  for (const [name] of fields) refuseReserved(name, formError);
  return fields;
}

/** Returns the fields in their order; `contentType` is the header, which names the boundary of the parts. Rejects with AppError `invalid` for parts that are broken, for what is not UTF-8, for too many fields and for a name that is reserved; for a file, with its field. */
export async function multipartFields(bytes: Buffer, contentType: string): Promise<FormField[]> {
  const parts = await partsOf(bytes, contentType).catch((cause: unknown) => {
    throw multipartError('its parts cannot be told from each other', cause);
  });
  if (parts.length > FIELDS_MAX) throw multipartError(TOO_MANY);
  const fields = parts.map(({ name, text }): FormField => {
    if (name === undefined) throw multipartError('a part has no name');
    refuseReserved(name, multipartError);
    if (text === undefined) throw new AppError('invalid', 'This field takes no file.', { field: name });
    return [name, text];
  });
  // Files first: they need not be text.
  if (!isUtf8(bytes)) throw multipartError('its text is not UTF-8');
  return fields;
}

interface Part {
  readonly name: string | undefined;
  /** Undefined for a file. */
  readonly text: string | undefined;
}

/** How many there are is bounded by the bytes. */
function partsOf(bytes: Buffer, contentType: string): Promise<Part[]> {
  return new Promise((resolve, reject) => {
    const parts: Part[] = [];
    const parser = new Busboy({ headers: { 'content-type': contentType } });
    // The types of the parser do not know that a part need not have a name.
    parser.on('field', (name: string | undefined, text) => parts.push({ name, text }));
    parser.on('file', (name: string | undefined, file) => {
      parts.push({ name, text: undefined });
      // The parser waits until somebody has read it.
      file.on('error', reject).resume();
    });
    parser.on('error', reject);
    parser.on('finish', () => resolve(parts));
    parser.end(bytes);
  });
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function refuseReserved(name: string, errorOf: (reason: string) => AppError): void {
  if (RESERVED_NAMES.has(name)) throw errorOf(`no field may be called ${name}`);
}

const TOO_MANY = `it has more than ${FIELDS_MAX} fields`;

/** In the words of Django REST framework, as where JSON is broken. */
function formError(reason: string): AppError {
  return new AppError('invalid', `Form parse error - ${reason}.`);
}

function multipartError(reason: string, cause?: unknown): AppError {
  return new AppError('invalid', `Multipart form parse error - ${reason}.`, { cause });
}
