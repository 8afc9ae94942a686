import { tracesToJaeger } from '../decode/jaeger/fromTraces.ts';
import { tracesToZipkin } from '../decode/zipkin/fromTraces.ts';
import type { TracesData } from '../model/span.ts';

/** What traces can be written as; the names are those of the command line. */
export const exportFormats = ['otlp-json', 'otlp-jsonl', 'jaeger', 'zipkin'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** The file of some traces, as it comes: the whole may be longer than a string can be. */
export function exportedText(
  format: ExportFormat,
  parts: AsyncIterable<TracesData>,
): AsyncGenerator<string, void> {
  return writers[format](parts);
}

const writers: {
  readonly [format in ExportFormat]: (parts: AsyncIterable<TracesData>) => AsyncGenerator<string, void>;
} = {
  'otlp-json': parts => document(parts, ['{"resourceSpans":[', ']}'], ({ resourceSpans }) => resourceSpans),
  'otlp-jsonl': lines,
  jaeger: parts => document(parts, ['{"data":[', ']}'], part => tracesToJaeger(part).data),
  zipkin: parts => document(parts, ['[', ']'], tracesToZipkin),
};

async function* document(
  parts: AsyncIterable<TracesData>,
  [begin, end]: readonly [string, string],
  elementsOf: (part: TracesData) => readonly object[],
): AsyncGenerator<string, void> {
  let separator = begin;
  for await (const part of parts)
    for (const element of elementsOf(part)) {
      yield separator + JSON.stringify(element);
      separator = ',';
    }
  yield separator === ',' ? `${end}\n` : `${begin}${end}\n`;
}

async function* lines(parts: AsyncIterable<TracesData>): AsyncGenerator<string, void> {
  for await (const part of parts) yield `${JSON.stringify(part)}\n`;
}
