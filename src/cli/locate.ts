import { createInterface } from 'node:readline';
import { type AnyValue, displayValue, type KeyValue } from '../model/anyValue.ts';
import type { SpanToLocate } from '../model/source.ts';
import { spanKindNames } from '../model/span.ts';
import { CommandError, command } from './command.ts';
import { print } from './output.ts';
import { SourceRoot } from './sourceRoot.ts';

export const locate = command({
  usage: 'locate --root <dir>',
  summary: 'Find the source lines of spans: a line of JSON in for each span, a line of JSON out.',
  operands: { least: 0, most: 0 },
  options: {
    root: { value: '<dir>', description: 'folder with the source (required)' },
  },
  async run({ options }) {
    if (options.root === undefined) throw new CommandError('locate needs --root <dir>');
    const root = await SourceRoot.read(options.root);
    let number = 0;
    for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
      number++;
      if (line.trim() === '') continue;
      const candidates = await root.candidates(spanOf(line, number));
      const found = candidates.length === 0 ? null : { ...candidates[0], candidates };
      await print(`${JSON.stringify(found)}\n`);
    }
    return 0;
  },
});

const stackKeys = ['exception.stacktrace', 'code.stacktrace'];

/**
 * Reads `{"name","serviceName","scopeName","kind","attributes":{…},"events":[{"attributes":{…}}]}`, of which all but the
 * name may be missing. Throws a CommandError with the number of the line.
 */
function spanOf(line: string, number: number): SpanToLocate {
  const span = objectIn(() => JSON.parse(line), `line ${number}`);
  const attributes = attributesOf(span.attributes, number);
  const events = Array.isArray(span.events) ? (span.events as unknown[]) : [];
  const all = [
    attributes,
    ...events.map((event, index) =>
      attributesOf(objectIn(() => event, `line ${number}, event ${index}`).attributes, number),
    ),
  ];
  return {
    name: textOf(span, 'name', number),
    serviceName: textOf(span, 'serviceName', number),
    scopeName: textOf(span, 'scopeName', number),
    kind: kindOf(span.kind, number),
    attributes,
    stackTraces: all.flat().flatMap(({ key, value }) => (stackKeys.includes(key) ? displayValue(value) : [])),
  };
}

function objectIn(read: () => unknown, where: string): { readonly [key: string]: unknown } {
  let value: unknown;
  try {
    value = read();
  } catch (error) {
    throw new CommandError(`${where} is no JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CommandError(`${where} is no JSON object`);
  return value as { readonly [key: string]: unknown };
}

function textOf(span: { readonly [key: string]: unknown }, key: string, number: number): string {
  const value = span[key] ?? '';
  if (typeof value !== 'string') throw new CommandError(`line ${number}: ${key} is no text`);
  return value;
}

/** `2`, `server`, `SERVER`, `SPAN_KIND_SERVER` */
function kindOf(kind: unknown, number: number): number {
  const found =
    typeof kind === 'string'
      ? (spanKindNames as readonly string[]).indexOf(kind.replace(/^SPAN_KIND_/, '').toLowerCase())
      : (kind ?? 0);
  if (typeof found !== 'number' || spanKindNames[found] === undefined)
    throw new CommandError(`line ${number}: kind is none of ${spanKindNames.join(', ')}`);
  return found;
}

function attributesOf(value: unknown, number: number): KeyValue[] {
  if (value === undefined || value === null) return [];
  const attributes = objectIn(() => value, `line ${number}: attributes`);
  return Object.entries(attributes).map(([key, each]) => ({ key, value: anyValue(each) }));
}

/** What is no attribute, as an object of objects, leads to no line. */
function anyValue(value: unknown): AnyValue {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'number':
      return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
    default:
      return Array.isArray(value) ? { arrayValue: { values: value.map(anyValue) } } : {};
  }
}
