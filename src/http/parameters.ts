/** What routes read from paths and query strings, where every value is text. */
import { Type } from 'typebox';
import { AppError } from '../errors.ts';

/** Digits that a number holds exactly. */
const ID = '^[0-9]{1,15}$';

/** The path parameter of routes about one row; what is no id names nothing, so it is a 404 (contract §4). */
export const IdParams = Type.Object({ id: Type.String({ pattern: ID, description: 'The id of a row.' }) });

/** Returns the id of a path. */
export function idOf({ id }: { readonly id: string }): number {
  return Number(id);
}

/** Returns the id a filter asks for; undefined where it is not given or empty (contract §6). Throws AppError `invalid` that names the parameter. */
export function idParameter(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (new RegExp(ID).test(text)) return Number(text);
  throw refusal(name, 'the id of a row, in digits', text);
}

/** Returns the text a filter asks for; undefined where it is not given or empty. */
export function textParameter(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** Returns whether a filter asks for true or false, in any case; undefined where it is not given or empty. Throws AppError `invalid` that names the parameter for any other word, which the replaced system took for false (contract §0.17). */
export function booleanParameter(name: string, text: string | undefined): boolean | undefined {
  if (text === undefined || text === '') return undefined;
  const word = text.toLowerCase();
  if (word !== 'true' && word !== 'false') throw refusal(name, 'true or false', text);
  return word === 'true';
}

const INSTANT = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** Returns the instant (epoch milliseconds) a filter asks for, a date being its midnight in UTC; undefined where it is not given or empty. Throws AppError `invalid` that names the parameter. */
export function instantParameter(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const [, date = ''] = INSTANT.exec(text) ?? [];
  // Date.parse takes the 31st of February for a day of March.
  if (date !== '' && new Date(`${date}T00:00:00Z`).getUTCDate() === Number(date.slice(8))) {
    const instant = Date.parse(text);
    if (Number.isFinite(instant)) return instant;
  }
  throw refusal(name, 'a time such as 2026-01-31 or 2026-01-31T08:00:00Z', text);
}

/** Returns the instant (epoch milliseconds) a body holds; a date alone is none, for it would be another one in every zone. Undefined where it is not given; throws AppError `invalid` that names the field. */
export function instantField(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (text.includes('T')) return instantParameter(name, text);
  throw refusal(name, 'a time with its zone, such as 2026-01-31T08:00:00Z', text);
}

const SHOWN_LENGTH = 60;

function refusal(name: string, expected: string, text: string): AppError {
  const shown = text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
  return new AppError('invalid', `${name}: expected ${expected}, got ${JSON.stringify(shown)}`, {
    field: name,
  });
}
