/** How bodies of requests are read: as JSON where a route takes one; where it takes none, what comes does not matter (contract §6: "body ignored"). */
import { errorCodes, type FastifyRequest } from 'fastify';
import type { HttpApp } from './http-app.ts';

/** Reads bodies so for all routes that are added from here on. An empty body is an object without fields, whatever type it claims to be of: many clients name one with every request. */
export function readBodies(app: HttpApp): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    if (text === '' || !takesBody(request)) done(null, undefined);
    else parseJson(request, text, done);
  });
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
