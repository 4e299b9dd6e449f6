/** How bodies of requests are read: as JSON or a form where a route takes one; where it takes none, what comes does not matter (contract §6: "body ignored"). */
import { errorCodes, type FastifyRequest } from 'fastify';
import { type FormField, multipartFields, urlencodedFields } from './form-bodies.ts';
import { valuesOf } from './form-values.ts';
import type { HttpApp } from './http-app.ts';

type ReadFields = (
  bytes: Buffer,
  contentType: string,
) => readonly FormField[] | Promise<readonly FormField[]>;

const FORMS: Readonly<Record<string, ReadFields>> = {
  'application/x-www-form-urlencoded': urlencodedFields,
  'multipart/form-data': multipartFields,
};

/** The types a body may be of, the usual one first (contract §4). */
export const BODY_TYPES: readonly string[] = ['application/json', ...Object.keys(FORMS)];

/** Reads bodies so for all routes that are added from here on. An empty body is an object without fields, whatever type it claims to be of: many clients name one with every request. */
export function readBodies(app: HttpApp): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    if (text === '' || !takesBody(request)) done(null, undefined);
    else parseJson(request, text, done);
  });
  for (const [type, readFields] of Object.entries(FORMS)) {
    const parseForm = async (request: FastifyRequest, bytes: Buffer) => {
      if (bytes.length === 0 || !takesBody(request)) return undefined;
      const fields = await readFields(bytes, request.headers['content-type'] ?? '');
      return valuesOf(fields, request.routeOptions.schema?.body);
    };
    app.addContentTypeParser<Buffer>(type, { parseAs: 'buffer' }, parseForm);
  }
  app.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (request, bytes, done) => {
    const isRead = bytes.length > 0 && takesBody(request);
    done(isRead ? new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE() : null, undefined);
  });
  app.addHook('preValidation', async (request) => {
    if (takesBody(request) && request.body === undefined) request.body = {};
  });
}

function takesBody({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.schema?.body !== undefined;
}
