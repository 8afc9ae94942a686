import { type FileHandle, open } from 'node:fs/promises';
import { exportedText, exportFormats } from '../engine/exportFormats.ts';
import { exportTraces as exportParts } from '../engine/exportTraces.ts';
import type { TracesData } from '../model/span.ts';
import { CommandError, command } from './command.ts';
import { withEngine } from './connect.ts';
import { print, reasonOf } from './output.ts';
import { oneOf } from './values.ts';

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
    const format = oneOf('format', options.format ?? 'otlp-json', exportFormats);
    await withEngine(options, async engine => {
      const parts = exportParts(engine, options.query);
      // The first part tells whether the query is good: only then the file is touched.
      const first = await parts.next();
      const file = options.output === undefined ? undefined : await openFile(options.output);
      const write = async (text: string) => void (await (file?.write(text) ?? print(text)));
      try {
        for await (const text of exportedText(format, allOf(first, parts))) await write(text);
      } finally {
        await file?.close();
      }
    });
    return 0;
  },
});

async function* allOf(
  first: IteratorResult<TracesData>,
  rest: AsyncGenerator<TracesData>,
): AsyncGenerator<TracesData> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'w');
  } catch (error) {
    throw new CommandError(`cannot write ${reasonOf(error)}`);
  }
}
