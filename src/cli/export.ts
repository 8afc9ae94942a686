import { type FileHandle, open } from 'node:fs/promises';
import { tracesToJaeger } from '../decode/jaeger/fromTraces.ts';
import { tracesToZipkin } from '../decode/zipkin/fromTraces.ts';
import { exportTraces as exportParts } from '../engine/exportTraces.ts';
import type { TracesData } from '../model/span.ts';
import { CommandError, command } from './command.ts';
import { withEngine } from './connect.ts';
import { print } from './output.ts';
import { oneOf } from './values.ts';

const formats = ['otlp-json', 'otlp-jsonl', 'jaeger', 'zipkin'] as const;

export const exportTraces = command({
  usage: 'export [options]',
  summary: 'Write the stored traces to a file or to standard output.',
  operands: { least: 0, most: 0 },
  options: {
    format: {
      value: '<format>',
      description: 'otlp-json (one document, default), otlp-jsonl (a document a line), jaeger or zipkin',
    },
    query: { value: '<TraceQL>', description: 'only the traces that this finds' },
    output: { value: '<file>', description: 'where to write (default: standard output)' },
  },
  async run({ options }) {
    const format = oneOf('format', options.format ?? 'otlp-json', formats);
    await withEngine(options, async engine => {
      const parts = exportParts(engine, options.query);
      // The first part tells whether the query is good: only then the file is touched.
      const first = await parts.next();
      const file = options.output === undefined ? undefined : await openFile(options.output);
      const write = async (text: string) => void (await (file?.write(text) ?? print(text)));
      try {
        await writers[format](allOf(first, parts), write);
      } finally {
        await file?.close();
      }
    });
    return 0;
  },
});

type Write = (text: string) => Promise<void>;

async function* allOf(
  first: IteratorResult<TracesData>,
  rest: AsyncGenerator<TracesData>,
): AsyncGenerator<TracesData> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

/** One document, written as it comes: the whole may be longer than a string can be. */
async function writeDocument(
  parts: AsyncIterable<TracesData>,
  write: Write,
  [begin, end]: readonly [string, string],
  elementsOf: (part: TracesData) => readonly object[],
): Promise<void> {
  let separator = begin;
  for await (const part of parts)
    for (const element of elementsOf(part)) {
      await write(separator + JSON.stringify(element));
      separator = ',';
    }
  await write(separator === ',' ? `${end}\n` : `${begin}${end}\n`);
}

async function writeLines(parts: AsyncIterable<TracesData>, write: Write): Promise<void> {
  for await (const part of parts) await write(`${JSON.stringify(part)}\n`);
}

const writers: {
  readonly [format in (typeof formats)[number]]: (
    parts: AsyncIterable<TracesData>,
    write: Write,
  ) => Promise<void>;
} = {
  'otlp-json': (parts, write) =>
    writeDocument(parts, write, ['{"resourceSpans":[', ']}'], ({ resourceSpans }) => resourceSpans),
  'otlp-jsonl': writeLines,
  jaeger: (parts, write) =>
    writeDocument(parts, write, ['{"data":[', ']}'], part => tracesToJaeger(part).data),
  zipkin: (parts, write) => writeDocument(parts, write, ['[', ']'], tracesToZipkin),
};

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'w');
  } catch (error) {
    throw new CommandError(`cannot write ${path}: ${(error as Error).message}`);
  }
}
