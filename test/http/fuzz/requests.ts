/** Requests made of the operations of the document: as they should be, and changed in a way or two. */
import type { Random } from '../../fuzz/random.ts';
import type { Operation } from '../../support/api-operations.ts';
import { mapOf } from '../../support/json-reading.ts';
import { JOHN } from '../../support/whole-seed.ts';
import type { Credential, Credentials } from './credentials.ts';
import {
  FORM_TYPES,
  type FormPair,
  type FormType,
  formText,
  HOSTILE_FORMS,
  WRITERS,
} from './form-requests.ts';
import {
  HOSTILE_BODIES,
  HOSTILE_FIELDS,
  HOSTILE_HEADERS,
  HOSTILE_QUERIES,
  HOSTILE_QUERY_VALUES,
  HOSTILE_SEGMENTS,
  HOSTILE_TYPES,
  HOSTILE_VALUES,
} from './hostile.ts';
import { HINTS, type Hints, SchemaValues } from './schema-values.ts';

export type FuzzMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS' | 'TRACE';

/** What was changed in a request that had been as it should be. */
export const CHANGES = ['path', 'query', 'field', 'body', 'type', 'header', 'method'] as const;
export type Change = (typeof CHANGES)[number];

export interface FuzzRequest {
  /** What it was made for. */
  readonly operation: Operation;
  /** What it is of now that its method may have changed. */
  readonly addressed: Operation | undefined;
  readonly credential: Credential;
  readonly changes: readonly Change[];
  readonly method: FuzzMethod;
  /** Path and query as they are sent. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | undefined;
  /** What it was written as; undefined where it has none. */
  readonly bodyType: BodyType | undefined;
  /** The fields of a form; undefined for other bodies, and where somebody wrote bytes in their place. */
  readonly form: readonly FormPair[] | undefined;
}

/** What bodies are written as. */
export const WRITTEN_TYPES = ['application/json', ...FORM_TYPES] as const;
type BodyType = (typeof WRITTEN_TYPES)[number];

/** A request while it is made. */
interface Draft {
  method: FuzzMethod;
  segments: Map<string, string>;
  query: [name: string, value: string][];
  /** Added to the query as it is. */
  rawQuery: string | undefined;
  fields: [name: string, json: string][] | undefined;
  /** Undefined for JSON. */
  formType: FormType | undefined;
  rawBody: string | Buffer | undefined;
  headers: Record<string, string>;
}

const METHODS: readonly FuzzMethod[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const AS_IT_SHOULD_BE_CHANCE = 0.4;
const FORGED_CHANCE = 0.12;
const QUERY_CHANCE = 0.35;
const SLASH_CHANCE = 0.5;
const FORM_CHANCE = 0.3;
/** Rows that John may see stand under his own id; nobody shall remove him, though. */
const READ_IDS = [...(HINTS['id'] ?? []), String(JOHN)];

/** Makes one request. */
export function makeRequest(
  random: Random,
  operations: readonly Operation[],
  credentials: Credentials,
): FuzzRequest {
  const operation = random.pick(operations);
  const changes = changesFor(operation, random);
  const isRead = operation.method === 'GET' && !changes.includes('method');
  const more = isRead ? { id: READ_IDS, user: [...READ_IDS, 'john'] } : {};
  const draft = draftOf(operation, { ...credentials.hints, ...more }, random);
  for (const change of changes) CHANGERS[change](draft, random, operation);
  const isForged = random.chance(FORGED_CHANCE);
  const credential = random.pick(isForged ? credentials.forged : weighted(credentials.true));
  const { headers, ...rest } = sent(draft, operation, random);
  const addressed = operations.find(
    ({ path, method: each }) => path === operation.path && each === draft.method,
  );
  const all = { ...credential.headers, ...headers };
  return { operation, addressed, credential, changes, headers: all, ...rest };
}

/** Administrators get furthest. */
function weighted(credentials: readonly Credential[]): readonly Credential[] {
  const admins = credentials.filter(({ role, isForReading }) => role === 'admin' && isForReading !== true);
  return [...admins, ...admins, ...credentials];
}

function draftOf(operation: Operation, hints: Hints, random: Random): Draft {
  const { method, parameters, body } = operation;
  const known = [...METHODS].find((each) => each === method);
  if (known === undefined) throw new Error(`the method ${method} is new here`);
  const values = new SchemaValues(random, hints);
  const given = parameters
    .filter(({ in: place, isRequired }) => place === 'path' || isRequired || random.chance(QUERY_CHANCE))
    .map((each) => ({ ...each, value: String(values.value(each.schema, each.name)) }));
  const pairs = (place: string) =>
    given
      .filter((each) => each.in === place)
      .map(({ name, value }): [string, string] => [name, encodeURIComponent(value)]);
  const segments = new Map(pairs('path'));
  // Rows that belong together have the same id.
  const bodyValues = new SchemaValues(random, hints, [...segments.values()].map(Number));
  const formType = body !== undefined && random.chance(FORM_CHANCE) ? random.pick(FORM_TYPES) : undefined;
  const contentType = formType === undefined ? 'application/json' : WRITERS[formType].contentType;
  return {
    method: known,
    segments,
    query: pairs('query'),
    rawQuery: undefined,
    fields: body === undefined ? undefined : [...bodyValues.fields(body)],
    formType,
    rawBody: undefined,
    headers: body === undefined ? {} : { 'content-type': contentType },
  };
}

function changesFor({ body, parameters }: Operation, random: Random): Change[] {
  if (random.chance(AS_IT_SHOULD_BE_CHANCE)) return [];
  const possible: Change[] = ['query', 'header', 'method'];
  if (parameters.some(({ in: place }) => place === 'path')) possible.push('path', 'path');
  if (parameters.some(({ in: place }) => place === 'query')) possible.push('query', 'query', 'query');
  if (body !== undefined) possible.push('field', 'field', 'field', 'field', 'field', 'body', 'type');
  const changes = new Set([random.pick(possible)]);
  if (random.chance(0.25)) changes.add(random.pick(possible));
  return [...changes];
}

const CHANGERS: Readonly<Record<Change, (draft: Draft, random: Random, operation: Operation) => void>> = {
  path: ({ segments }, random) => {
    segments.set(random.pick([...segments.keys()]), random.pick(HOSTILE_SEGMENTS));
  },
  query: (draft, random, { parameters }) => {
    const names = parameters.filter(({ in: place }) => place === 'query').map(({ name }) => name);
    if (names.length === 0 || random.chance(0.2)) draft.rawQuery = random.pick(HOSTILE_QUERIES);
    else draft.query.push([random.pick(names), random.pick(HOSTILE_QUERY_VALUES)]);
  },
  field: ({ fields }, random, { body }) => {
    if (fields === undefined) return;
    const value = random.pick(HOSTILE_VALUES);
    const known = Object.keys(mapOf(body?.['properties']));
    const how = random.below(10);
    if (how === 0 && fields.length > 0) fields.splice(random.below(fields.length), 1);
    else if (how === 1) fields.push([random.pick(HOSTILE_FIELDS), value]);
    else setField(fields, random.pick(known), value);
  },
  body: (draft, random) => {
    const hostile = draft.formType === undefined ? HOSTILE_BODIES : HOSTILE_FORMS[draft.formType];
    draft.rawBody = random.pick(hostile);
  },
  type: ({ headers }, random) => {
    headers['content-type'] = random.pick(HOSTILE_TYPES);
  },
  header: ({ headers }, random) => {
    Object.assign(headers, random.pick(HOSTILE_HEADERS));
  },
  method: (draft, random) => {
    draft.method = random.pick([...METHODS, 'HEAD', 'OPTIONS', 'TRACE']);
  },
};

function setField(fields: [name: string, json: string][], name: string, value: string): void {
  const at = fields.findIndex(([each]) => each === name);
  fields.splice(at < 0 ? fields.length : at, at < 0 ? 0 : 1, [name, value]);
}

function sent(draft: Draft, { path }: Operation, random: Random) {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => draft.segments.get(name) ?? '');
  const slash = random.chance(SLASH_CHANCE) ? '/' : '';
  const query = draft.query.map(([name, value]) => `${name}=${value}`);
  if (draft.rawQuery !== undefined) query.push(draft.rawQuery);
  return {
    method: draft.method,
    url: `${filled}${slash}${query.length > 0 ? `?${query.join('&')}` : ''}`,
    headers: draft.headers,
    bodyType: draft.fields === undefined ? undefined : (draft.formType ?? ('application/json' as const)),
    ...bodyOf(draft),
  };
}

function bodyOf({ fields, formType, rawBody }: Draft): Pick<FuzzRequest, 'body' | 'form'> {
  if (rawBody !== undefined || fields === undefined) return { body: rawBody, form: undefined };
  if (formType === undefined) {
    const members = fields.map(([name, json]) => `${JSON.stringify(name)}:${json}`);
    return { body: `{${members.join()}}`, form: undefined };
  }
  const form = fields.map(([name, json]): FormPair => [name, formText(json)]);
  return { body: WRITERS[formType].write(form), form };
}
