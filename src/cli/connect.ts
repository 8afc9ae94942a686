import { connectToEngine } from '../engine/client.ts';
import { type ControlClient, ControlError } from '../engine/controlClient.ts';
import { controlErrors } from '../protocol/control.ts';
import { CommandError } from './command.ts';

/** Runs `action` with a connection to the engine that the options name, and closes it. */
export async function withEngine<T>(
  options: { readonly control?: string },
  action: (engine: ControlClient) => Promise<T>,
): Promise<T> {
  const engine = await connectToEngine({ control: controlOf(options) });
  try {
    return await action(engine);
  } catch (error) {
    throw explain(error);
  } finally {
    engine.dispose();
  }
}

/** The engine that is meant; a variable that is set to nothing names none. */
export function controlOf({ control }: { readonly control?: string }): string | undefined {
  if (control === '') throw new CommandError('--control must be an address');
  return control ?? (process.env.SPANLINE_CONTROL || undefined);
}

/** The message of a bad query names its line and column. */
function explain(error: unknown): unknown {
  return error instanceof ControlError && error.code === controlErrors.badQuery
    ? new CommandError(`bad query: ${error.message}`)
    : error;
}
