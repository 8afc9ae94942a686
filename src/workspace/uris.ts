import { fileURLToPath, pathToFileURL } from 'node:url';
import { normalizePath } from '../locate/paths.ts';

/** Absolute path with `/`; undefined for what is no file (`untitled:`, `git:`). */
export function pathOfUri(uri: string): string | undefined {
  if (!uri.startsWith('file:')) return undefined;
  try {
    return normalizePath(fileURLToPath(uri));
  } catch {
    return undefined;
  }
}

export function uriOfPath(absolutePath: string): string {
  return pathToFileURL(absolutePath).href;
}
