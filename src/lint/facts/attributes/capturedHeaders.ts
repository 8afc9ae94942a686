import type { FileFacts } from '../fileFacts.ts';
import { type Expression, type Extent, staticText, type TextExpression } from '../syntax.ts';
import { contains, statementsIn, within } from '../walk.ts';
import { attributeWrites } from './attributes.ts';
import type { AttributeWrite } from './attributeWrite.ts';

/** The name of a header, or a pattern for names, that an instrumentation is told to record. */
export interface CapturedHeader {
  readonly name: string;
  readonly at: Extent;
  /** It is an element of a list. */
  readonly inList: boolean;
  /** Patterns of headers whose values the instrumentation replaces. */
  readonly sanitized: readonly string[];
}

const pythonOption = /^(?:http_)?capture_headers_(?:server|client)_(?:request|response)$/;

/** JavaScript's `headersToSpanAttributes`, Python's `http_capture_headers_server_request`. */
export function capturedHeaders(file: FileFacts): readonly CapturedHeader[] {
  const found: CapturedHeader[] = [];
  const add = (value: Expression, sanitized: readonly string[]) => {
    for (const each of within(value))
      if (each.type === 'list') for (const element of each.values) addText(element, sanitized, true);
      else if (each === value) addText(each, sanitized, false);
  };
  const addText = (value: Expression, sanitized: readonly string[], inList: boolean) => {
    const name = staticText(value);
    if (name !== undefined) found.push({ name, at: value.at, inList, sanitized });
  };
  if (file.language === 'python') {
    for (const { named } of file.syntax.calls) {
      if (named.size === 0) continue;
      const fields = named.get('http_capture_headers_sanitize_fields');
      const sanitized = textsIn(file, fields);
      // Patterns that come from elsewhere may name anything.
      if (fields !== undefined && sanitized.length === 0) continue;
      for (const [name, value] of named)
        if (pythonOption.test(name)) add(file.names.resolve(value, undefined), sanitized);
    }
    return found;
  }
  for (const { entries } of file.syntax.objects)
    for (const { key, value } of entries) if (key === 'headersToSpanAttributes') add(value, []);
  return found;
}

function textsIn(file: FileFacts, value: Expression | undefined): string[] {
  if (value === undefined) return [];
  return [...within(file.names.resolve(value, undefined))]
    .filter((each): each is TextExpression => each.type === 'text')
    .flatMap(each => (each.parts.length === 1 && typeof each.parts[0] === 'string' ? [each.parts[0]] : []));
}

/** Every header of a message is recorded. */
export interface AllHeaders {
  readonly write: AttributeWrite;
  readonly ofResponse: boolean;
}

/** Writes with a key of its own for each header of a message. */
export function writesOfAllHeaders(file: FileFacts): readonly AllHeaders[] {
  const writes = file
    .get(attributeWrites)
    .filter(({ key, keyAt, sink }) => key === undefined && keyAt !== undefined && sink !== 'name');
  if (writes.length === 0) return [];
  const loops = loopsOverHeaders(file);
  return writes.flatMap(write => {
    const loop = loops.find(
      ({ at }) =>
        contains(at, write.keyAt ?? write.valueAt) && !chooses(file.syntax.source.slice(at.start, at.end)),
    );
    return loop === undefined ? [] : [{ write, ofResponse: loop.ofResponse }];
  });
}

const allHeaders =
  /(?:^|[._(\s])(?:(?:req|request|response|res|r|resp|c\.Request|ctx\.request)\.(?:raw)?[hH]eaders?(?:\.items\(\)|\.entries\(\))?|request\.headers\.items\(\))\)?$/;

interface LoopOverHeaders {
  readonly at: Extent;
  readonly ofResponse: boolean;
}

function loopsOverHeaders(file: FileFacts): LoopOverHeaders[] {
  const { body, functions, calls } = file.syntax;
  const loops: LoopOverHeaders[] = [];
  const add = (at: Extent, headers: string) =>
    loops.push({ at, ofResponse: /(?:^|[._(\s])res(?:p|ponse)?\./.test(headers) });
  for (const statements of [body, ...functions.map(each => each.body)])
    for (const statement of statementsIn(statements))
      if (
        statement.type === 'loop' &&
        statement.over !== undefined &&
        allHeaders.test(statement.over.at.text)
      )
        add(statement.at, statement.over.at.text);
  for (const { callee, receiver, at } of calls)
    if (callee === 'forEach' && receiver !== undefined && allHeaders.test(receiver.at.text))
      add(at, receiver.at.text);
  return loops;
}

/** Some headers are left out or masked. */
function chooses(text: string): boolean {
  return /\bif\b|\bcontinue\b|\?|filter|allow|redact|mask|sanit|safe|includes|startswith/i.test(text);
}
