import type { ParseArgsConfig } from 'node:util';

/** 0 done; 1 findings, a failed check, no such trace; 2 usage, input or output, no engine. */
export type ExitCode = 0 | 1 | 2;

/** Ends a command with one line on standard error. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = 2) {
    super(message);
    this.exitCode = exitCode;
  }
}

export interface OptionSpec {
  /** What stands for the value in the help, `<port>`; absent: a switch. */
  readonly value?: string;
  readonly description: string;
  /** The letter that stands for it. */
  readonly short?: string;
  /** May be given several times. */
  readonly multiple?: boolean;
}

export interface OptionSpecs {
  readonly [name: string]: OptionSpec;
}

export type OptionValues<O extends OptionSpecs> = {
  readonly [K in keyof O]?: O[K] extends { readonly multiple: true }
    ? string[]
    : O[K] extends { readonly value: string }
      ? string
      : boolean;
};

export interface Invocation<O extends OptionSpecs> {
  readonly options: OptionValues<O & typeof commonOptions>;
  readonly operands: readonly string[];
}

export interface Command<O extends OptionSpecs = OptionSpecs> {
  /** `trace <id>` */
  readonly usage: string;
  readonly summary: string;
  readonly options: O;
  /** How many operands it takes; `most` may be infinite. */
  readonly operands: { readonly least: number; readonly most: number };
  run(invocation: Invocation<O>): Promise<ExitCode>;
}

/** Checks a command against its own options and forgets them, for the table of commands. */
export function command<const O extends OptionSpecs>(spec: Command<O>): Command {
  return spec as unknown as Command;
}

export const commonOptions = {
  json: { description: 'one JSON document on standard output' },
  control: {
    value: '<address>',
    description: "control address of the engine (default: $SPANLINE_CONTROL, else the user's engine)",
  },
  help: { short: 'h', description: 'this help' },
} as const satisfies OptionSpecs;

export function parseArgsOptions(specs: OptionSpecs): NonNullable<ParseArgsConfig['options']> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { value, multiple, short }]) => [
      name,
      {
        type: value === undefined ? 'boolean' : 'string',
        multiple: multiple === true,
        ...(short !== undefined && { short }),
      },
    ]),
  );
}
