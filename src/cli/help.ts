import { type Command, commonOptions, type OptionSpecs } from './command.ts';
import { alignColumns } from './table.ts';

export async function allHelp(commands: {
  readonly [name: string]: () => Promise<Command>;
}): Promise<string> {
  const loaded = await Promise.all(Object.values(commands).map(load => load()));
  return [
    'Usage: spanline <command> [options]',
    '',
    alignColumns(loaded.map(({ usage, summary }) => [`  ${usage}`, summary])),
    '',
    'Every command takes',
    optionLines(commonOptions),
    '',
    'and `--` before an argument that starts with `-`. `spanline <command> --help` tells more.',
    'Exit codes: 0 done; 1 no such trace, or a failed check; 2 usage, input or output error, or no engine.',
    '',
  ].join('\n');
}

export function commandHelp({ usage, summary, options }: Command): string {
  return [
    `Usage: spanline ${usage}`,
    '',
    summary,
    '',
    optionLines({ ...options, ...commonOptions }),
    '',
  ].join('\n');
}

function optionLines(specs: OptionSpecs): string {
  return alignColumns(
    Object.entries(specs).map(([name, { value, short, description }]) => [
      `  --${name}${value === undefined ? '' : ` ${value}`}${short === undefined ? '' : `, -${short}`}`,
      description,
    ]),
  );
}
