import { readFile } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { EngineLostError } from '../engine/controlClient.ts';
import type { ImportResult } from '../protocol/control.ts';
import { command, type ExitCode } from './command.ts';
import { withEngine } from './connect.ts';
import { print, printError, printJson, reasonOf } from './output.ts';
import { alignColumns, counted } from './table.ts';

export const importFiles = command({
  usage: 'import [options] <file…>',
  summary:
    'Read saved traces into the engine: OTLP JSON, JSON Lines and protobuf, Jaeger, Zipkin, Tempo; also gzipped.',
  operands: { least: 1, most: Number.POSITIVE_INFINITY },
  options: {},
  async run({ options, operands }) {
    const result: ImportResult = { tracesImported: 0, spansImported: 0, spansRejected: 0, files: [] };
    let exitCode: ExitCode = 0;
    await withEngine(options, async engine => {
      for (const operand of operands) {
        const path = relative(process.cwd(), resolve(operand)).split(sep).join('/') || '.';
        try {
          const data = await readFile(operand);
          const { traces, rejected, ...file } = await engine.request('traces/import', { path, data });
          result.tracesImported += traces;
          result.spansImported += file.spans;
          result.spansRejected += rejected;
          result.files.push(file);
        } catch (error) {
          // One bad file does not keep the others out.
          if (error instanceof EngineLostError) throw error;
          const reason = reasonOf(error);
          printError(reason.startsWith(path) ? reason : `${path}: ${reason}`);
          exitCode = 2;
        }
      }
    });
    if (options.json) await printJson(result);
    else await print(importText(result));
    return exitCode;
  },
});

function importText({ tracesImported, spansImported, spansRejected, files }: ImportResult): string {
  const rows = files.flatMap(({ path, format, spans, warnings }) => [
    [path, format, counted(spans, 'span')],
    ...warnings.map(warning => ['', '', `warning: ${warning}`]),
  ]);
  const total = `${counted(tracesImported, 'trace')}, ${counted(spansImported, 'span')} imported, ${spansRejected} rejected`;
  return `${rows.length === 0 ? '' : `${alignColumns(rows)}\n`}${total}\n`;
}
