/** What must hold of every answer, whatever was asked. */
import { Compile } from 'typebox/schema';
import type { Schema } from '../../support/api-operations.ts';
import { mapOf } from '../../support/json-reading.ts';
import { OTHERS_MARK } from '../../support/whole-seed.ts';
import type { FormPair } from './form-requests.ts';
import type { FuzzRequest } from './requests.ts';

/** An answer, by `inject` or over a connection. */
export interface FuzzAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS', 'TRACE'];
/** They are for whoever is signed in, or do not change anything. */
const NOT_FOR_ADMINS_ALONE = /\/auth\/|\/notices\/|\/check_alerts$/;

/** Where it went, how it went wrong, and whatever a stack trace looks like. */
const LEAKS =
  /node_modules|\/src\/[a-z-]+\/|\.[cm]?[jt]s:\d+|\n\s+at |SQLITE_[A-Z]|\bER_[A-Z]{3}|ECONN|sqlite_schema|information_schema|knex|Internal error|hidden from all|pbkdf2_sha|scrypt[$:]/;

const checks = new WeakMap<Schema, (value: unknown) => boolean>();

/** Returns what is wrong with an answer; undefined where nothing is. */
export function faultOf(request: FuzzRequest, answer: FuzzAnswer): string | undefined {
  const { status, text } = answer;
  if (status >= 500) return `it failed, with ${status}`;
  const leak = LEAKS.exec(text);
  if (leak !== null) return `it shows ${JSON.stringify(leak[0])}`;
  const isOthers = text.includes(OTHERS_MARK) && !request.url.includes(OTHERS_MARK);
  if (isOthers && request.credential.role === 'user') return 'it shows a user what is of others';
  return headerFault(answer) ?? bodyFault(request, answer) ?? refusalFault(request, answer);
}

/** Whether what a request asks for must have changed nothing. */
export function changesNothing(request: FuzzRequest, { status }: FuzzAnswer): boolean {
  // A refresh token that is used again ends its sign-in.
  if (request.operation.id === 'post_auth_token_refresh' && status === 401) return false;
  const isCheck = request.operation.path.endsWith('/check_alerts');
  return status >= 400 || SAFE_METHODS.includes(request.method) || (isCheck && request.method === 'POST');
}

function headerFault({ status, headers }: FuzzAnswer): string | undefined {
  if (headers['x-content-type-options'] !== 'nosniff') return 'a browser may guess what it is';
  if (headers['cache-control'] !== 'no-store') return 'it may be kept';
  if (status === 401 && headers['www-authenticate'] !== 'Bearer realm="api"') {
    return 'a 401 does not say what would be accepted (RFC 9110 §11.6.1)';
  }
  if (status === 405 && headers['allow'] === undefined) return 'a 405 without Allow (RFC 9110 §15.5.6)';
  return undefined;
}

function bodyFault(request: FuzzRequest, answer: FuzzAnswer): string | undefined {
  const { status, text, headers } = answer;
  if (request.method === 'HEAD' || status === 204)
    return text === '' ? undefined : 'a body where none may be';
  const documented = documentedFor(request, status);
  if (documented === undefined) return `the document does not know a ${status}`;
  const { schema, contentType } = documented;
  if (schema === undefined || contentType === undefined) return 'a body that the document does not know';
  const type = String(headers['content-type']).split(';')[0];
  if (type !== contentType) return `it is ${type}, and not ${contentType}`;
  const body = parsed(contentType, text);
  if (body === undefined) return 'it is no JSON';
  if (!fits(schema, body)) return 'it is not as documented';
  return status >= 400 ? shapeFault(body) : undefined;
}

/** A method that a path does not have is refused as the others are. */
function documentedFor({ operation, addressed = operation }: FuzzRequest, status: number) {
  return addressed.answers[status] ?? addressed.answers[`${Math.floor(status / 100)}XX`];
}

/** Contract §4: a detail, an error, or messages by field. */
function shapeFault(body: unknown): string | undefined {
  const { detail, error, code, messages, retry_after: retryAfter, ...fields } = mapOf(body);
  const others = Object.values(fields);
  const isText = (value: unknown) => typeof value === 'string' && value !== '';
  const isDetail = isText(detail) && others.length === 0;
  const isError = isText(error) && others.length === 0 && (detail === undefined || isText(detail));
  const isMessages = (each: unknown) => Array.isArray(each) && each.length > 0 && each.every(isText);
  const isByField = Object.keys(mapOf(body)).length > 0 && Object.values(mapOf(body)).every(isMessages);
  if (isDetail || isError || isByField) return undefined;
  return 'it refuses in a shape that clients do not know';
}

/** What should have been refused, or as what. */
function refusalFault(request: FuzzRequest, { status }: FuzzAnswer): string | undefined {
  const { operation, credential, method, changes } = request;
  const isOtherPath = changes.includes('path') || changes.includes('method');
  const isWrite = !SAFE_METHODS.includes(method);
  const isOpen = operation.security !== undefined;
  // A header may be refused before anybody asks for a token.
  const isOtherwise = isOtherPath || (changes.includes('header') && status >= 400);
  if (credential.role === 'nobody' && !isOpen && !isOtherwise && status !== 401) {
    return `${credential.name} is answered ${status}, and not 401`;
  }
  if (status >= 400) return undefined;
  if (isWrite && credential.isForReading === true && !isOpen) return 'a cookie alone has changed something';
  const isForAdmins = isWrite && !NOT_FOR_ADMINS_ALONE.test(operation.path);
  if (isForAdmins && credential.role !== 'admin') return `${credential.name} has changed something`;
  return isOtherPath || method !== operation.method ? undefined : acceptedFault(request);
}

/** What the document does not allow must not have been taken. */
function acceptedFault(request: FuzzRequest): string | undefined {
  const { operation, url } = request;
  const { body: schema } = operation;
  const bodyFault = schema === undefined ? undefined : acceptedBodyFault(request, schema);
  if (bodyFault !== undefined) return bodyFault;
  const query = new URLSearchParams(url.split('?').slice(1).join('?'));
  const wrong = operation.parameters.find(
    ({ in: place, name, schema }) =>
      place === 'query' && query.getAll(name).some((value) => !fits(schema, value)),
  );
  return wrong === undefined ? undefined : `${wrong.name} was taken, which the document does not allow`;
}

function acceptedBodyFault({ operation, body, headers, form }: FuzzRequest, schema: Schema) {
  const text = body?.toString() ?? '';
  const [type = ''] = (headers['content-type'] ?? '').toLowerCase().split(/\s*;/);
  const meanings: Readonly<Record<string, () => unknown>> = {
    'application/json': () => parsed('application/json', text),
    'application/x-www-form-urlencoded': () => formMeaning([...new URLSearchParams(text)], schema),
    // Of bytes that somebody wrote in its place, only parts that have a name would say anything.
    'multipart/form-data': () => formMeaning(form ?? [], schema),
  };
  const meaning = text === '' ? () => ({}) : meanings[type];
  if (meaning === undefined || (text !== '' && !operation.bodyTypes.includes(type))) {
    return `a body of type ${type} was taken`;
  }
  if (type === 'multipart/form-data' && form === undefined) return undefined;
  return fits(schema, meaning()) ? undefined : 'a body was taken that the document does not allow';
}

/** Returns what a form may say under a schema: of all that each text can mean, what its field allows. */
function formMeaning(form: readonly FormPair[], schema: Schema): unknown {
  const properties = mapOf(schema['properties']);
  return Object.fromEntries(
    [...new Map(form)].map(([name, text]) => {
      const word = WORDS.has(text.toLowerCase()) ? [WORDS.get(text.toLowerCase())] : [];
      const readings = [text, ...word, ...(text.trim() === '' ? [] : [Number(text)])];
      const field = Object.hasOwn(properties, name) ? mapOf(properties[name]) : {};
      const [meant = text] = readings.filter((reading) => fits(field, reading));
      return [name, meant];
    }),
  );
}

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ['', null],
  ...['true', 'on', '1'].map((word) => [word, true] as const),
  ...['false', 'off', '0'].map((word) => [word, false] as const),
]);

function parsed(type: string, text: string): unknown {
  if (type !== 'application/json') return text;
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}

/** Whether a value is of a schema. */
function fits(schema: Schema, value: unknown): boolean {
  const known = checks.get(schema);
  if (known !== undefined) return known(value);
  const compiled = Compile({ ...schema });
  const check = (each: unknown) => compiled.Check(each);
  checks.set(schema, check);
  return check(value);
}
