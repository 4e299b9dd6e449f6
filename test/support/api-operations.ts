/** The operations of the OpenAPI document, as tests read them. */
import { entriesOf, listOf, mapOf, type StringMap, textOf } from './json-reading.ts';

export type Schema = StringMap;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly isRequired: boolean;
  readonly schema: Schema;
}

export interface Operation {
  readonly id: string;
  /** In capitals. */
  readonly method: string;
  /** With parameters in braces. */
  readonly path: string;
  readonly tags: readonly unknown[];
  readonly summary: string;
  /** Undefined where it is that of the whole document: a token. */
  readonly security: unknown;
  readonly parameters: readonly Parameter[];
  /** The schema of its JSON or form; undefined where it takes none. */
  readonly body: Schema | undefined;
  /** The types its body may be of. */
  readonly bodyTypes: readonly string[];
  /** By status, or `4XX`. */
  readonly answers: Readonly<Record<string, DocumentedAnswer>>;
}

export interface DocumentedAnswer {
  readonly description: string;
  /** Both undefined where there is no body. */
  readonly contentType: string | undefined;
  readonly schema: Schema | undefined;
}

/** Returns the operations of a document in its order. */
export function operationsIn(document: unknown): Operation[] {
  return entriesOf(mapOf(document)['paths']).flatMap(([path, methods]) =>
    entriesOf(methods).map(([method, operation]) => operationFrom(path, method.toUpperCase(), operation)),
  );
}

function operationFrom(path: string, method: string, operation: StringMap): Operation {
  const content = entriesOf(mapOf(operation['requestBody'])['content']);
  return {
    id: textOf(operation['operationId']),
    method,
    path,
    tags: listOf(operation['tags']),
    summary: textOf(operation['summary']),
    security: operation['security'],
    parameters: listOf(operation['parameters']).map(parameterFrom),
    body: bodyOf(content),
    bodyTypes: content.map(([type]) => type),
    answers: Object.fromEntries(
      entriesOf(operation['responses']).map(([status, answer]) => [
        status,
        { description: textOf(answer['description']), ...contentOf(answer) },
      ]),
    ),
  };
}

function parameterFrom(given: unknown): Parameter {
  const { name, in: place, required, schema } = mapOf(given);
  if (place !== 'path' && place !== 'query') throw new Error(`a parameter in ${place} is new here`);
  return { name: textOf(name), in: place, isRequired: required === true, schema: mapOf(schema) };
}

/** Whatever type it is of, a body has the same fields. */
function bodyOf(content: readonly [type: string, media: StringMap][]): Schema | undefined {
  const [first, ...others] = content.map(([, { schema }]) => mapOf(schema));
  if (others.some((other) => JSON.stringify(other) !== JSON.stringify(first))) {
    throw new Error('schemas that depend on the type of content are new here');
  }
  return first;
}

/** The one type of content there is. */
function contentOf(given: unknown): Pick<DocumentedAnswer, 'contentType' | 'schema'> {
  const [first, ...others] = entriesOf(mapOf(given)['content']);
  if (others.length > 0) throw new Error('several types of content are new here');
  return first === undefined
    ? { contentType: undefined, schema: undefined }
    : { contentType: first[0], schema: mapOf(first[1]['schema']) };
}
