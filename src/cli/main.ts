import { parseArgs } from 'node:util';
import { version } from '../../package.json';
import {
  type Command,
  CommandError,
  commonOptions,
  type ExitCode,
  type Invocation,
  type OptionSpecs,
  parseArgsOptions,
} from './command.ts';
import { allHelp, commandHelp } from './help.ts';
import { print, printError, reasonOf } from './output.ts';

/** Loaded when asked for: `status` does not pay for an engine. */
const commands: { readonly [name: string]: () => Promise<Command> } = {
  serve: async () => (await import('./serve.ts')).serve,
  status: async () => (await import('./status.ts')).status,
  query: async () => (await import('./query.ts')).query,
  trace: async () => (await import('./trace.ts')).trace,
  services: async () => (await import('./services.ts')).services,
  findings: async () => (await import('./findings.ts')).findings,
  analyze: async () => (await import('./analyze.ts')).analyze,
  import: async () => (await import('./import.ts')).importFiles,
  export: async () => (await import('./export.ts')).exportTraces,
  sample: async () => (await import('./sample.ts')).sample,
  locate: async () => (await import('./locate.ts')).locate,
  lint: async () => (await import('./lint.ts')).lint,
};

/** Runs one command line; errors become one line on standard error and the exit code. */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  try {
    return await dispatch(argv);
  } catch (error) {
    printError(reasonOf(error));
    return error instanceof CommandError ? error.exitCode : 2;
  }
}

async function dispatch([name, ...rest]: readonly string[]): Promise<ExitCode> {
  if (name === 'help' && rest.length > 0) return dispatch([rest[0], '--help']);
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    await print(await allHelp(commands));
    return name === undefined ? 2 : 0;
  }
  if (name === '--version') {
    await print(`${version}\n`);
    return 0;
  }
  if (!Object.hasOwn(commands, name)) throw new CommandError(unknownCommand(name));
  const command = await commands[name]();
  const { values, positionals } = parse(command, rest);
  if (values.help === true) {
    await print(commandHelp(command));
    return 0;
  }
  const { least, most } = command.operands;
  if (positionals.length < least || positionals.length > most)
    throw new CommandError(`usage: spanline ${command.usage}`);
  return command.run({ options: values as Invocation<OptionSpecs>['options'], operands: positionals });
}

/** With the commands that somebody may have meant who wrote a part of one, or else with all. */
function unknownCommand(name: string): string {
  const names = Object.keys(commands);
  const meant = names.filter(each => each.startsWith(name) || name.startsWith(each));
  if (meant.length === 0) return `unknown command ${name}; there are ${names.join(', ')}`;
  return `unknown command ${name}; did you mean ${meant.join(' or ')}?`;
}

function parse(command: Command, args: string[]) {
  try {
    return parseArgs({
      args,
      options: parseArgsOptions({ ...command.options, ...commonOptions }),
      allowPositionals: true,
    });
  } catch (error) {
    // Node's advice on arguments that start with a dash, which follows in sentences of its own, is in the help.
    const [problem] = (error as Error).message.split(/\.\s/, 1);
    const [name] = command.usage.split(' ', 1);
    throw new CommandError(`${problem} (usage: spanline ${command.usage}; more: spanline ${name} --help)`);
  }
}
