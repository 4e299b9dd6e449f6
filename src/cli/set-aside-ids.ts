/** Which set-aside records a command line means. */
import { AppError } from '../errors.ts';

/** Returns the ids on a command line; throws AppError `invalid` for what is no id. */
export function idsFrom(texts: readonly string[] | undefined): number[] {
  return (texts ?? []).map((text) => {
    if (/^[0-9]{1,15}$/.test(text)) return Number(text);
    throw new AppError(
      'invalid',
      `id: expected the number that \`set-aside list\` shows; got ${JSON.stringify(text)}`,
    );
  });
}

/** Throws AppError `invalid` unless a command line says in exactly one way which records it means. */
export function refuseUnlessOne(
  verb: string,
  filters: string,
  given: { readonly ids: boolean; readonly filter: boolean; readonly all: boolean },
): void {
  const ways = Number(given.ids) + Number(given.filter) + Number(given.all);
  if (ways === 1) return;
  const expected = `ids, ${filters}, or --all`;
  throw new AppError(
    'invalid',
    ways === 0 ? `say what to ${verb}: ${expected}` : `say in one way what to ${verb}: ${expected}`,
  );
}
