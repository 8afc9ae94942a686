/** Spans that say where they come from: `code.*` attributes and stack traces. */
import type { SpanToLocate } from '../model/source.ts';
import { type CodeAttributes, type CodeFunction, codeAttributes, codeFunction } from './codeAttributes.ts';
import { filesOfOwner, functionAt, functionLines, isFunction } from './functions.ts';
import { isGeneratedPath, isInLibraryFolder, isLibraryPath, normalizePath } from './paths.ts';
import type { SourceFile } from './sourceFiles.ts';
import { parseStack } from './stackFrames.ts';
import { lineOf, type Place, type Strategy, type Workspace } from './workspace.ts';

interface Position {
  readonly path: string;
  readonly line: number;
  readonly column?: number;
  readonly function?: CodeFunction;
}

/** Lines above and below a position in which the span's name counts as proof. */
const proofLines = 3;
/** A helper makes everybody's spans: its line says little about this one. */
const helperConfidence = 0.6;

/** `code.file.path` with a line, with a function, or alone; `code.function.name` without a file. */
export const byCodeAttributes: Strategy = async (span, workspace) => {
  const code = codeAttributes(span.attributes);
  if (code.filePath === undefined)
    return code.function === undefined ? [] : byFunction(code.function, workspace);
  if (code.line === undefined) return inFile(code.filePath, code.function, span, workspace);
  const position = { path: code.filePath, line: code.line, column: code.column, function: code.function };
  const places = await placesOf(position, span, workspace, 'code.file.path');
  return Promise.all(places.map(place => lowerInHelper(place, workspace)));
};

/** The innermost frame that lies in the workspace. Where it failed is not where the span began: 0.85 at most. */
export const byStackTrace: Strategy = async (span, workspace) => {
  const own = codeStack(span);
  const places: Place[] = [];
  for (const stack of [...span.stackTraces].reverse()) {
    const strategy = stack === own ? 'code.stacktrace' : 'exception stack trace';
    const found = await firstUserFrame(stack, span, workspace, strategy);
    if (found.length > 0) places.push(...found);
    if (places.length >= 3) break;
  }
  return places;
};

function codeStack(span: SpanToLocate): string | undefined {
  const value = span.attributes.find(({ key }) => key === 'code.stacktrace')?.value;
  return value !== undefined && 'stringValue' in value ? value.stringValue : undefined;
}

async function firstUserFrame(
  stack: string,
  span: SpanToLocate,
  workspace: Workspace,
  strategy: string,
): Promise<Place[]> {
  const limit = strategy === 'code.stacktrace' ? 0.9 : 0.85;
  for (const frame of parseStack(stack)) {
    if (/^(node:|<|\[)/.test(frame.file)) continue;
    const position: Position = {
      path: frame.file,
      line: frame.line,
      column: frame.column,
      function: frame.functionName === undefined ? undefined : codeFunction(frame.functionName),
    };
    const places = await placesOf(position, span, workspace, strategy);
    if (places.length > 0)
      return places.map(place => ({ ...place, confidence: Math.min(place.confidence * 0.92, limit) }));
  }
  return [];
}

/** Where a runtime position is in the workspace, through source maps. */
async function placesOf(
  position: Position,
  span: SpanToLocate,
  workspace: Workspace,
  strategy: string,
): Promise<Place[]> {
  const proof = (file: SourceFile) => proves(file, position, span, workspace);
  const mapped = await workspace.mapper.map(position.path, span.serviceName, proof);
  const places =
    mapped.length > 0 ? mapped : await generatedPlaces(position.path, span.serviceName, workspace);
  const found = await Promise.all(
    places.map(async ({ file, confidence }) => {
      const source = await throughMap(file, position, span, workspace, strategy, confidence);
      return (
        source ??
        checked(
          { file, line: position.line, column: position.column, confidence, strategy },
          position,
          workspace,
        )
      );
    }),
  );
  return found.flat();
}

/** Build output is not indexed: it is looked for in the packages' folders, by ever shorter ends of its path. */
async function generatedPlaces(
  raw: string,
  service: string,
  workspace: Workspace,
): Promise<{ file: SourceFile; confidence: number }[]> {
  const path = normalizePath(raw.slice(0, 4_096));
  if (!isGeneratedPath(path) || isLibraryPath(path)) return [];
  const output = path.search(/(?:^|\/)(?:dist|build|out|lib|target|\.[a-z-]+)\//);
  const tail = path.slice(output < 0 ? path.lastIndexOf('/') : output).replace(/^\/?/, '/');
  const parent = path.slice(0, Math.max(0, output)).split('/').at(-1) ?? '';
  const found: SourceFile[] = [];
  for (const { absolutePath } of workspace.files.packages) {
    const file = await workspace.files.at(absolutePath + tail);
    if (file !== undefined) found.push(file);
  }
  const learned = workspace.mapper.learnedFolders(service);
  const home = found.filter(
    file =>
      learned.some(folder => file.absolutePath.startsWith(folder)) ||
      file.absolutePath.endsWith(`/${parent}${tail}`),
  );
  if (found.length === 1) return [{ file: found[0], confidence: 0.9 }];
  if (home.length === 1) return [{ file: home[0], confidence: 0.88 }];
  return found.map(file => ({ file, confidence: 0.5 }));
}

/** Undefined if the file is no generated one. */
async function throughMap(
  file: SourceFile,
  position: Position,
  span: SpanToLocate,
  { files, maps, mapper }: Workspace,
  strategy: string,
  confidence: number,
): Promise<Place[] | undefined> {
  if (!/\.[cm]?jsx?$/.test(file.path)) return undefined;
  const original = await maps.original(file, position.line, position.column);
  if (original === undefined) return undefined;
  const exact = await files.at(original.path);
  const sources =
    exact === undefined
      ? await mapper.map(original.path, span.serviceName, async () => false)
      : isInLibraryFolder(exact.path)
        ? []
        : [{ file: exact, confidence: 0.98 }];
  return sources.map(source => ({
    file: source.file,
    line: original.line,
    column: original.column,
    confidence: Math.min(source.confidence, confidence, original.exact ? 1 : 0.6),
    strategy: `${strategy}, source map`,
  }));
}

/** A line past the end of the file, or one in another function than the span says: the file has changed since. */
async function checked(place: Place, position: Position, workspace: Workspace): Promise<Place[]> {
  const text = await workspace.files.read(place.file);
  if (text === undefined) return [place];
  const line = lineOf(text, place.line);
  if (line === undefined) return [];
  const facts = await workspace.facts(place.file);
  const around = facts && functionAt(facts, place.line);
  const named =
    position.function !== undefined && facts?.functions.some(site => isFunction(site, position.function!));
  const elsewhere = named && (around === undefined || !insideNamed(facts!, place.line, position.function!));
  const blank = line.trim() === '';
  return [{ ...place, confidence: elsewhere || blank ? Math.min(place.confidence, 0.6) : place.confidence }];
}

function insideNamed(
  facts: { functions: readonly { name: string; line: number; endLine: number }[] },
  line: number,
  wanted: CodeFunction,
): boolean {
  return facts.functions.some(site => isFunction(site, wanted) && site.line <= line && line <= site.endLine);
}

async function proves(
  file: SourceFile,
  position: Position,
  span: SpanToLocate,
  workspace: Workspace,
): Promise<boolean> {
  const facts = await workspace.facts(file);
  if (
    facts !== undefined &&
    position.function !== undefined &&
    insideNamed(facts, position.line, position.function)
  )
    return true;
  const text = await workspace.files.read(file);
  if (text === undefined) return false;
  const quoted = [`'${span.name}'`, `"${span.name}"`, `\`${span.name}\``];
  const lines = text.split('\n');
  for (let at = position.line - 1 - proofLines; at <= position.line - 1 + proofLines; at++)
    if (quoted.some(name => lines[at]?.includes(name))) return true;
  return false;
}

async function lowerInHelper(place: Place, workspace: Workspace): Promise<Place> {
  const facts = await workspace.facts(place.file);
  const inHelper = facts?.spanHelpers.some(
    ({ line, endLine }) => line <= place.line && place.line <= endLine,
  );
  return inHelper ? { ...place, confidence: Math.min(place.confidence, helperConfidence) } : place;
}

/** A file without a line: the function's, else the file's beginning as a weak hint. */
async function inFile(
  path: NonNullable<CodeAttributes['filePath']>,
  wanted: CodeFunction | undefined,
  span: SpanToLocate,
  workspace: Workspace,
): Promise<Place[]> {
  const mapped = await workspace.mapper.map(path, span.serviceName, async () => false);
  const places = await Promise.all(
    mapped.map(async ({ file, confidence }): Promise<Place[]> => {
      const lines = wanted === undefined ? [] : await linesOf(file, wanted, workspace);
      if (lines.length === 0) return [{ file, line: 1, confidence: 0.4, strategy: 'code.file.path' }];
      const certain = Math.min(confidence, lines.length === 1 ? 0.93 : 0.8);
      return lines.map(line => ({ file, line, confidence: certain, strategy: 'code.function.name' }));
    }),
  );
  return places.flat();
}

async function byFunction(wanted: CodeFunction, workspace: Workspace): Promise<Place[]> {
  const owners = filesOfOwner(workspace.files, wanted.owner);
  const places = await Promise.all(
    owners.slice(0, 20).map(async ({ file, tail }) => {
      const lines = await linesOf(file, wanted, workspace);
      return lines.map(line => ({ file, line, tail }));
    }),
  );
  const found = places.flat();
  const files = new Set(found.map(({ file }) => file.uri)).size;
  return found.map(({ file, line, tail }) => ({
    file,
    line,
    // One segment is only the class's own name.
    confidence: files > 1 ? 0.5 : tail < 2 ? 0.7 : found.length === 1 ? 0.93 : 0.8,
    strategy: 'code.function.name',
  }));
}

async function linesOf(file: SourceFile, wanted: CodeFunction, workspace: Workspace): Promise<number[]> {
  const text = await workspace.files.read(file);
  if (text === undefined) return [];
  return functionLines(file.path, text, await workspace.facts(file), wanted);
}
