/** Reads Prometheus's text format by its grammar, apart from the code that writes it. */

const SAMPLE =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*(?:\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*\})?) (\S+)$/;

/** Returns the value of every series by its name and labels as written; throws at a line that is neither a sample nor a comment, at a series that comes twice, and where the types are not declared first. */
export function parseMetrics(text: string): ReadonlyMap<string, number> {
  const series = new Map<string, number>();
  const declared = new Set<string>();
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  for (const line of text.split('\n')) {
    const type = /^# TYPE (\S+) (?:counter|gauge|histogram|summary|untyped)$/.exec(line)?.[1];
    if (type !== undefined) declared.add(type);
    if (line === '' || line.startsWith('#')) continue;
    const [, name, value] = SAMPLE.exec(line) ?? [];
    if (name === undefined || !isFigure(value)) throw new Error(`not a sample: ${line}`);
    if (series.has(name)) throw new Error(`comes twice: ${name}`);
    const bare = name.replace(/\{.*/, '');
    if (!declared.has(bare) && !declared.has(bare.replace(/_(?:bucket|sum|count)$/, ''))) {
      throw new Error(`of no type: ${line}`);
    }
    series.set(name, Number(value));
  }
  return series;
}

/** An infinity or no number, in any capitals, is a figure to Prometheus. */
function isFigure(text: string | undefined): boolean {
  return text !== undefined && (/^(?:nan|[+-]?inf)$/i.test(text) || Number.isFinite(Number(text)));
}
