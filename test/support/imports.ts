/** The imports a TypeScript source names, read from its text. */

export interface Import {
  readonly specifier: string;
  /** Whether it is gone once types are erased. */
  readonly isTypeOnly: boolean;
  readonly isDynamic: boolean;
}

// The formatter sees to it that a statement begins its line and that quotes are single.
const STATEMENT = /^(?:import|export)\s+(?:(type)\s+)?(?:([\w*{][^;'"]*?)\s*from\s*)?'([^']+)'/gm;
const DYNAMIC = /\b(?:import|require)\s*\(\s*['"`]([^'"`]*)/g;

/** Returns every import and re-export, static and dynamic. Throws for a dynamic one whose target the text does not say. */
export function importsIn(source: string): Import[] {
  const text = source.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  if (/\b(?:import|require)\s*\(\s*[^'"`\s]/.test(text))
    throw new Error('an import whose target is computed');
  const statements = [...text.matchAll(STATEMENT)].map(([, type, names = '', specifier = '']) => ({
    specifier,
    isTypeOnly: type !== undefined || hasOnlyTypes(names),
    isDynamic: false,
  }));
  const dynamic = [...text.matchAll(DYNAMIC)].map(([, specifier = '']) => ({
    specifier,
    isTypeOnly: false,
    isDynamic: true,
  }));
  return [...statements, ...dynamic];
}

/** `{ type A, type B }`. */
function hasOnlyTypes(names: string): boolean {
  const [, inside = ''] = /^\{([^}]*)\}$/.exec(names.trim()) ?? [];
  const list = inside.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
  return list.length > 0 && list.every((name) => name.startsWith('type '));
}
