import { readFile } from 'node:fs/promises';
import { ControlError } from '../engine/controlClient.ts';
import { controlErrors, type SamplingPreview } from '../protocol/control.ts';
import { readYaml } from '../workspace/readYaml.ts';
import { CommandError, command } from './command.ts';
import { withEngine } from './connect.ts';
import { print, printJson } from './output.ts';
import { alignColumns, printable } from './table.ts';

/** Of the lost traces with errors, as many are named to people. */
const mostNamed = 20;

export const sample = command({
  usage: 'sample [options] --config <file>',
  summary: 'Tell what a sampling configuration would keep and lose of the stored traces.',
  operands: { least: 0, most: 0 },
  options: {
    config: {
      value: '<file>',
      description:
        'YAML of a collector (tail_sampling, probabilistic_sampler), of an SDK, or Jaeger strategies',
    },
    pipeline: { value: '<name>', description: 'which pipeline of a collector, where several sample' },
  },
  async run({ options }) {
    const { config: path, pipeline } = options;
    if (path === undefined) throw new CommandError('sample needs --config <file>');
    const config = await readConfig(path);
    const preview = await withEngine(options, engine =>
      engine
        .request('sampling/preview', { config, ...(pipeline !== undefined && { pipeline }) })
        .catch((error: unknown) => {
          const isBad = error instanceof ControlError && error.code === controlErrors.badFile;
          const hint = isBad && isChoice(error) ? ' with --pipeline' : '';
          throw isBad ? new CommandError(`${path}: ${error.message}${hint}`) : error;
        }),
    );
    const { kept, dropped, byPolicy, droppedWithErrors } = preview;
    if (options.json) await printJson({ kept, dropped, byPolicy, droppedWithErrors });
    else await print(`${previewText(preview)}\n`);
    return 0;
  },
});

function isChoice({ data }: ControlError): boolean {
  return typeof data === 'object' && data !== null && 'pipelines' in data;
}

async function readConfig(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8');
  try {
    return readYaml(text);
  } catch (error) {
    throw new CommandError(`${path}: ${(error as Error).message}`);
  }
}

function previewText({ kept, dropped, byPolicy, withErrors, droppedWithErrors }: SamplingPreview): string {
  const lost = droppedWithErrors.length;
  return [
    `This configuration would have kept ${kept} of ${kept + dropped} traces${withErrors === 0 ? '' : ` and dropped ${lost} of ${withErrors} with errors`}.`,
    alignColumns(
      [['  policy', 'kept'], ...byPolicy.map(each => [`  ${printable(each.name)}`, `${each.kept}`])],
      [1],
    ),
    ...(lost === 0 ? [] : ['Lost, with errors:']),
    ...droppedWithErrors.slice(0, mostNamed).map(traceId => `  ${traceId}`),
    ...(lost > mostNamed ? [`  … and ${lost - mostNamed} more`] : []),
  ].join('\n');
}
