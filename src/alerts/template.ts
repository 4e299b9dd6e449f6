/** Message templates: text with known placeholders, in which nothing is evaluated (contract §0.12). Pure. */
import { AppError } from '../errors.ts';

export const PLACEHOLDERS = [
  'username',
  'email',
  'profile',
  'percent',
  'used_gb',
  'remaining_gb',
  'days_remaining',
  'limit_gb',
] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

/** What stands for each placeholder. */
export type PlaceholderValues = Readonly<Record<Placeholder, string>>;

/** A piece of a template: text as it is, or a placeholder. */
export type TemplatePart = { readonly text: string } | { readonly placeholder: Placeholder };

/** Doubled braces, a placeholder, or a brace that belongs to neither. */
const TOKEN = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

/** Throws AppError `invalid` of field `message_template` for a placeholder that is not known and for a single brace. */
export function checkTemplate(template: string): void {
  for (const { 0: token, 1: name } of template.matchAll(TOKEN)) {
    if (token === '{{' || token === '}}') continue;
    if (name === undefined)
      throw refusal(`a single "${token}"; write "${token}${token}" for the character itself`);
    if (placeholderOf(name) === undefined) throw refusal(`the unknown placeholder ${JSON.stringify(token)}`);
  }
}

/** Returns a template's pieces, for whoever must escape what each becomes. What checkTemplate would refuse, in a row that another program wrote, stays as it is written. */
export function templateParts(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let end = 0;
  for (const match of template.matchAll(TOKEN)) {
    const [token, name] = match;
    if (match.index > end) parts.push({ text: template.slice(end, match.index) });
    end = match.index + token.length;
    const placeholder = name === undefined ? undefined : placeholderOf(name);
    if (placeholder !== undefined) parts.push({ placeholder });
    else parts.push({ text: token === '{{' || token === '}}' ? token.slice(1) : token });
  }
  if (end < template.length) parts.push({ text: template.slice(end) });
  return parts;
}

/** Returns the message; a value is never read as a template again, whatever a user is called. */
export function renderTemplate(template: string, values: PlaceholderValues): string {
  return templateParts(template)
    .map((part) => ('text' in part ? part.text : values[part.placeholder]))
    .join('');
}

function placeholderOf(name: string): Placeholder | undefined {
  return PLACEHOLDERS.find((placeholder) => placeholder === name);
}

function refusal(what: string): AppError {
  const known = PLACEHOLDERS.map((placeholder) => `{${placeholder}}`).join(' ');
  return new AppError('invalid', `Expected text with the placeholders ${known}, got ${what}.`, {
    field: 'message_template',
  });
}
