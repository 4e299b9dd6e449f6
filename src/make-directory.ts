/** Directories that are made when they are needed. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes a directory and those above it that are missing, for the owner and their group. Throws the system's error where it cannot; Node's own recursive way never ends where a file system answers "no such directory" to the making of one (/proc). */
export function makeDirectory(path: string): void {
  if (isMade(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectory(parent);
  if (!isMade(path)) mkdirSync(path, MODE);
}

const MODE = { mode: 0o750 };

/** Returns false where a directory above is missing. */
function isMade(path: string): boolean {
  try {
    mkdirSync(path, MODE);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return false;
    if (code === 'EEXIST' && isDirectory(path)) return true;
    throw error;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
