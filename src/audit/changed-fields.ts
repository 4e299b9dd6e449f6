/** What differs between a thing as it was and as it is: the part of a change that the audit log keeps. Pure. */

/** Fields by the names that columns and clients have for them. */
export type FieldValues = Readonly<Record<string, unknown>>;

/** The same fields as they were and as they are. */
export interface FieldChanges {
  readonly before: FieldValues;
  readonly after: FieldValues;
}

/** Returns the fields whose values differ; undefined where none does, which is a change of nothing. A field that one side does not have is not looked at. */
export function changedFields(before: FieldValues, after: FieldValues): FieldChanges | undefined {
  const names = Object.keys(after).filter(
    (name) => Object.hasOwn(before, name) && !isSame(before[name], after[name]),
  );
  if (names.length === 0) return undefined;
  return { before: only(before, names), after: only(after, names) };
}

/** Returns how a secret is shown: that there is one, or null; what it is stays out of every log. */
export function hiddenSecret(secret: unknown): 'set' | null {
  return secret === null || secret === undefined ? null : 'set';
}

/** Returns a secret's change: undefined where it is the same as before, else before and after without their values. */
export function secretChange(
  before: string | null,
  after: string | null,
): { readonly before: 'set' | null; readonly after: 'set' | 'changed' | null } | undefined {
  if (before === after) return undefined;
  const isReplaced = before !== null && after !== null;
  return { before: hiddenSecret(before), after: isReplaced ? 'changed' : hiddenSecret(after) };
}

/** Values are those of JSON: what looks alike there is the same. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function only(values: FieldValues, names: readonly string[]): FieldValues {
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}
