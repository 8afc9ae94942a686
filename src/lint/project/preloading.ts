import { literally } from '../../base/literally.ts';

/** Whether one of the commands has Node load a file before the program: `node --require ./tracing.js`. */
export function isPreloaded(path: string, commands: readonly string[]): boolean {
  const option = new RegExp(
    `(?:-r|--require|--import|--loader)[ =]\\S*\\b${literally(stemOf(path))}(?:\\.\\w+)?(?![\\w-])`,
  );
  return commands.some(text => option.test(text));
}

/** The name of a script without its ending. */
export function stemOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\.[cm]?[jt]sx?$/, '');
}
