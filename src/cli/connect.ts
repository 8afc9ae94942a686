import { connectToEngine } from '../engine/client.ts';
import { type ControlClient, ControlError } from '../engine/controlClient.ts';
import { controlErrors } from '../protocol/control.ts';
import { CommandError } from './command.ts';

/** Runs `action` with a connection to the engine that the options name, and closes it. */
export async function withEngine<T>(
  options: { readonly control?: string },
  action: (engine: ControlClient) => Promise<T>,
): Promise<T> {
  const engine = await connectToEngine({ control: options.control ?? process.env.SPANLINE_CONTROL });
  try {
    return await action(engine);
  } catch (error) {
    throw explain(error);
  } finally {
    engine.dispose();
  }
}

/** A bad query names its place: line and column, both 1-based. */
function explain(error: unknown): unknown {
  if (!(error instanceof ControlError) || error.code !== controlErrors.badQuery) return error;
  const { line, column } = error.data as { line: number; column: number };
  return new CommandError(`bad query at line ${line}, column ${column}: ${error.message}`);
}
