import { readFile } from 'node:fs/promises';
import type { ForwardOptions } from '../backends/forward/options.ts';
import { CommandError } from './command.ts';
import { secretHeader } from './values.ts';

/** The options of `serve` that say where to forward. */
export interface ForwardFlags {
  readonly forward?: string;
  readonly 'forward-protocol'?: string;
  readonly 'forward-compression'?: string;
  readonly 'forward-header'?: readonly string[];
  readonly 'forward-ca'?: string;
  readonly 'forward-insecure'?: boolean;
  readonly 'forward-unmasked'?: boolean;
}

/** Undefined: nothing is forwarded. Throws a `CommandError`. */
export async function forwardOptions(flags: ForwardFlags): Promise<ForwardOptions | undefined> {
  const { forward: url, 'forward-ca': ca } = flags;
  if (url === undefined) {
    const other = Object.keys(flags).find(flag => flag.startsWith('forward-'));
    if (other !== undefined) throw new CommandError(`--${other} without --forward`);
    return undefined;
  }
  const protocol = oneOf('forward-protocol', flags['forward-protocol'], ['http/protobuf', 'grpc'] as const);
  const compression = oneOf('forward-compression', flags['forward-compression'], ['gzip', 'none'] as const);
  return {
    url,
    ...(protocol !== undefined && { protocol }),
    ...(compression !== undefined && { compression }),
    redact: flags['forward-unmasked'] !== true,
    insecure: flags['forward-insecure'] === true,
    headers: Object.fromEntries(
      (flags['forward-header'] ?? []).map(header => secretHeader('forward-header', header)),
    ),
    ...(ca !== undefined && { ca: await readFile(ca, 'utf8') }),
  };
}

function oneOf<Value extends string>(
  flag: string,
  text: string | undefined,
  values: readonly Value[],
): Value | undefined {
  if (text === undefined) return undefined;
  const value = values.find(each => each === text);
  if (value === undefined) throw new CommandError(`--${flag} ${text}: must be ${values.join(' or ')}`);
  return value;
}
