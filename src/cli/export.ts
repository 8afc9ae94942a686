import { type FileHandle, open } from 'node:fs/promises';
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
      description: 'otlp-json (one document, default) or otlp-jsonl (a document a line)',
    },
    query: { value: '<TraceQL>', description: 'only the traces that this finds' },
    output: { value: '<file>', description: 'where to write (default: standard output)' },
  },
  async run({ options }) {
    const format = oneOf('format', options.format ?? 'otlp-json', formats);
    if (format === 'jaeger' || format === 'zipkin')
      throw new CommandError(`--format ${format} is not available yet; there are otlp-json and otlp-jsonl`);
    await withEngine(options, async engine => {
      const parts = exportParts(engine, options.query);
      // The first part tells whether the query is good: only then the file is touched.
      const first = await parts.next();
      const file = options.output === undefined ? undefined : await openFile(options.output);
      const write = async (text: string) => void (await (file?.write(text) ?? print(text)));
      try {
        await (format === 'otlp-json' ? writeDocument : writeLines)(allOf(first, parts), write);
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

/** One `TracesData`, written as it comes: the whole may be longer than a string can be. */
async function writeDocument(parts: AsyncIterable<TracesData>, write: Write): Promise<void> {
  let separator = '{"resourceSpans":[';
  for await (const { resourceSpans } of parts) {
    for (const each of resourceSpans) {
      await write(separator + JSON.stringify(each));
      separator = ',';
    }
  }
  await write(separator === ',' ? ']}\n' : '{"resourceSpans":[]}\n');
}

async function writeLines(parts: AsyncIterable<TracesData>, write: Write): Promise<void> {
  for await (const part of parts) await write(`${JSON.stringify(part)}\n`);
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'w');
  } catch (error) {
    throw new CommandError(`cannot write ${path}: ${(error as Error).message}`);
  }
}
