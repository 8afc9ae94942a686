/**
 * Stack traces as text → frames, innermost first whatever the language prints. Lines are matched one at a time with
 * expressions that cannot backtrack over more than a line, and a line over 2,000 characters is no frame.
 */
export interface StackFrame {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
  readonly functionName?: string;
}

export type StackLanguage = 'v8' | 'python' | 'go' | 'java' | 'dotnet';

const maxLineLength = 2_000;
const maxFrames = 200;
const maxLines = 5_000;

export function parseStack(stack: string): StackFrame[] {
  const lines = stackLines(stack);
  const language = stackLanguage(lines);
  const frames = language === 'go' ? goFrames(lines) : lineFrames(lines, frameReaders[language]);
  // CPython prints the outermost frame first.
  return language === 'python' ? frames.reverse() : frames;
}

function stackLines(stack: string): string[] {
  const lines: string[] = [];
  for (let at = 0; at < stack.length && lines.length < maxLines; ) {
    const end = stack.indexOf('\n', at);
    const next = end < 0 ? stack.length : end;
    if (next - at <= maxLineLength) lines.push(stack.slice(at, next).replace(/\r$/, ''));
    at = next + 1;
  }
  return lines;
}

export function stackLanguage(lines: readonly string[]): StackLanguage {
  for (const line of lines) {
    if (/^[\s|+]*File "[^"]+", line \d+/.test(line)) return 'python';
    if (/^goroutine \d+ \[|^\t\S.*\.go:\d+/.test(line)) return 'go';
    if (
      /^\s*at [^()]+\((?:[^():]+\.(?:java|kt|kts|scala|groovy|clj):\d+|Native Method|Unknown Source)\)/.test(
        line,
      )
    )
      return 'java';
    if (/^\s*at /.test(line) && /:\d+:\d+\)?\s*$/.test(line)) return 'v8';
    if (/^\s*\S+ .*:\p{L}+ \d+\s*$/u.test(line)) return 'dotnet';
  }
  return 'v8';
}

type FrameReader = (line: string) => StackFrame | undefined;

function lineFrames(lines: readonly string[], read: FrameReader): StackFrame[] {
  const frames: StackFrame[] = [];
  for (const line of lines) {
    const frame = read(line);
    if (frame !== undefined) frames.push(frame);
    if (frames.length >= maxFrames) break;
  }
  return frames;
}

const frameReaders: { readonly [language in Exclude<StackLanguage, 'go'>]: FrameReader } = {
  /** `    at async Orders.find [as load] (file:///shop/orders.ts?t=1:22:31)`, with or without a function. */
  v8(line) {
    const start = /^\s*at (?:async )?(?:new )?/.exec(line);
    const position = /:(\d+):(\d+)\)*\s*$/.exec(line);
    if (start === null || position === null) return undefined;
    const body = line.slice(start[0].length, position.index);
    const evaluated = body.indexOf('(eval at ');
    if (body.startsWith('eval at ') || evaluated >= 0) return evalFrame(body);
    const open = body.lastIndexOf(' (');
    const file = (open < 0 ? body : body.slice(open + 2)).trim();
    const called = open < 0 ? '' : body.slice(0, open).replace(/ \[as [^\]]*\]$/, '');
    return file === '' || file === '<anonymous>' ? undefined : frame(file, position[1], position[2], called);
  },
  python(line) {
    const match = /^[\s|+]*File "([^"]+)", line (\d+)(?:, in (.+))?$/.exec(line);
    return match === null ? undefined : frame(match[1], match[2], undefined, match[3]);
  },
  /** The file's folder is the package of the class. */
  java(line) {
    const match = /^\s*at ([^()\s]+)\(([^():]+):(\d+)\)/.exec(line);
    if (match === null) return undefined;
    const method = match[1].slice(match[1].lastIndexOf('/') + 1);
    const names = method.split('.');
    const folder = names.slice(0, -2).join('/');
    return frame(folder === '' ? match[2] : `${folder}/${match[2]}`, match[3], undefined, method);
  },
  /** The words are translated; the colon before the last word is not. */
  dotnet(line) {
    const position = /:[^\s:\\/]+ (\d+)\s*$/.exec(line);
    const start = /^\s*\S+ /.exec(line);
    if (position === null || start === null) return undefined;
    const close = line.lastIndexOf(') ', position.index);
    if (close < 0) return undefined;
    const file = line.slice(close + 2, position.index).replace(/^\S+ /, '');
    const called = line.slice(start[0].length, line.indexOf('(', start[0].length));
    return frame(file, position[1], undefined, called);
  },
};

/** `eval (eval at run (/shop/x.js:3:86), <anonymous>`: the place of the eval. */
function evalFrame(body: string): StackFrame | undefined {
  const match = /\(((?:\/|[A-Za-z]:[\\/]|file:)[^()]+):(\d+):(\d+)\)/.exec(body);
  return match === null ? undefined : frame(match[1], match[2], match[3], 'eval');
}

/** Two lines a frame: `main.(*Server).handle(0xc0001)`, then `\t/app/main.go:63 +0x1a5`. */
function goFrames(lines: readonly string[]): StackFrame[] {
  const frames: StackFrame[] = [];
  let called = '';
  for (const line of lines) {
    const place = /^\t(\S.*\.go):(\d+)(?: \+0x[0-9a-f]+)?$/.exec(line);
    if (place !== null) frames.push(frame(place[1], place[2], undefined, called));
    called = place === null ? goFunction(line) : '';
    if (frames.length >= maxFrames) break;
  }
  return frames;
}

function goFunction(line: string): string {
  const name = line.replace(/^created by /, '').replace(/ in goroutine \d+$/, '');
  return name.endsWith(')') ? name.slice(0, name.lastIndexOf('(')) : name;
}

function frame(file: string, line: string, column?: string, functionName?: string): StackFrame {
  return {
    file,
    line: Number(line),
    column: column === undefined ? undefined : Number(column),
    functionName: functionName || undefined,
  };
}
