import type { CommandHandlers } from '../commands.ts';
import { commands } from '../names.ts';
import type { BackendCommandParts, BackendDialogs } from './backendDialogs.ts';

/** Commands that ask other people's engines. */
export function backendCommands(parts: BackendCommandParts) {
  let loading: Promise<BackendDialogs> | undefined;
  const dialogs = () => {
    loading ??= import('./backendDialogs.ts').then(({ BackendDialogs }) => new BackendDialogs(parts));
    return loading;
  };
  return {
    [commands.searchBackend]: async () => (await dialogs()).search(),
    [commands.setBackendToken]: async () => (await dialogs()).setToken(),
  } satisfies Partial<CommandHandlers>;
}
