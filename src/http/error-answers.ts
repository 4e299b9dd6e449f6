/** What a failed request is answered: the shapes clients of the Django application know (contract §4), never a stack or an inner name. */
import { AppError, type ErrorCode } from '../errors.ts';
import { isDatabaseAway } from './database-away.ts';
import { type FieldErrors, fieldErrors, fieldMessage } from './field-errors.ts';
import { Refusal, type RefusalBody } from './refusal.ts';

/** A status, a body and headers; and how loudly the log should speak of it. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: DetailBody | ReasonBody | FieldErrors | RefusalBody;
  readonly headers?: Readonly<Record<string, string>>;
  readonly severity: 'error' | 'warn' | 'none';
}

export interface DetailBody {
  readonly detail: string;
}

/** What programs tell the error by, and the same for people. */
export interface ReasonBody extends DetailBody {
  readonly error: string;
}

const STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  unavailable: 503,
};

export const NOT_FOUND = detailAnswer(404, 'Not found.');

const INTERNAL_ERROR = detailAnswer(500, 'Internal error', 'error');
const UNAVAILABLE = detailAnswer(503, 'Service unavailable', 'warn');

/** Returns what anything thrown while a request was answered is to its sender; `contentType` is what the request says its body is. */
export function errorAnswer(error: unknown, contentType = ''): ErrorAnswer {
  if (error instanceof AppError) {
    return appErrorAnswer(error);
  }
  if (error instanceof Refusal) {
    const { status, body, headers } = error;
    return { status, body, headers, severity: 'none' };
  }
  if (!(error instanceof Error)) return INTERNAL_ERROR;
  const { statusCode, code, message, validation, validationContext } = fieldsOf(error);
  if (validation !== undefined) {
    // An id that is none names nothing (contract §4).
    if (validationContext === 'params') return NOT_FOUND;
    return { status: 400, body: fieldErrors(validation), severity: 'none' };
  }
  if (code === 'FST_ERR_HANDLER_TIMEOUT' || isDatabaseAway(error)) return UNAVAILABLE;
  if (statusCode === undefined || statusCode < 400 || statusCode > 499) return INTERNAL_ERROR;
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return detailAnswer(statusCode, unsupported(contentType));
  return detailAnswer(statusCode, DETAILS[code] ?? message);
}

function appErrorAnswer({ code, message, field, reason }: AppError): ErrorAnswer {
  // Why something of ours is away may name addresses and files: that is for the log.
  if (code === 'unavailable') return UNAVAILABLE;
  // What a field or the state of a thing does not allow is a 400, whatever is at fault with it (contract §4).
  if (field !== undefined)
    return { status: 400, body: { [field]: [fieldMessage(field, message)] }, severity: 'none' };
  if (reason !== undefined)
    return { status: 400, body: { error: reason, detail: message }, severity: 'none' };
  return detailAnswer(STATUS[code], message);
}

function detailAnswer(
  status: number,
  detail: string,
  severity: ErrorAnswer['severity'] = 'none',
): ErrorAnswer {
  return { status, body: { detail }, severity };
}

/** Where Fastify's own words would tell clients about Fastify. */
const DETAILS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'JSON parse error - the body is not valid JSON.',
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is too large.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body is not as long as Content-Length says.',
  FST_ERR_BAD_URL: 'The URL cannot be read.',
  FST_ERR_MAX_PARAM_LENGTH: 'A part of the URL is too long.',
};

const SHOWN_LENGTH = 100;

/** Contract §4. */
function unsupported(contentType: string): string {
  const shown = contentType.length > SHOWN_LENGTH ? `${contentType.slice(0, SHOWN_LENGTH)}…` : contentType;
  return `Unsupported media type "${shown}" in request.`;
}

/** What Fastify's errors carry beside their message. */
function fieldsOf(error: Error): {
  statusCode: number | undefined;
  code: string;
  message: string;
  validation: readonly unknown[] | undefined;
  validationContext: unknown;
} {
  const statusCode = 'statusCode' in error ? Number(error.statusCode) : undefined;
  const code = 'code' in error ? String(error.code) : '';
  const validation = 'validation' in error && Array.isArray(error.validation) ? error.validation : undefined;
  const validationContext = 'validationContext' in error ? error.validationContext : undefined;
  return { statusCode, code, message: error.message, validation, validationContext };
}
