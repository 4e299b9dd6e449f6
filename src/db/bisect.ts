/** Dealing with rows together, and finding the one that is at fault. */
import { type Dialect, isRecordFault } from './dialect.ts';

/** Writes items in one go; where one of them is at fault (isRecordFault), in halves, until `onRefused` is told which. Any other error ends it. */
export async function bisect<T>(
  items: readonly T[],
  options: {
    readonly dialect: Dialect;
    readonly write: (items: readonly T[]) => Promise<void>;
    readonly onRefused: (item: T, error: unknown) => void;
  },
): Promise<void> {
  if (items.length === 0) return;
  try {
    await options.write(items);
    return;
  } catch (error) {
    if (!isRecordFault[options.dialect](error)) throw error;
    const [only] = items;
    if (items.length === 1 && only !== undefined) {
      options.onRefused(only, error);
      return;
    }
  }
  const middle = Math.ceil(items.length / 2);
  await bisect(items.slice(0, middle), options);
  await bisect(items.slice(middle), options);
}
