import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/events.ts';
import type { CommandId } from './names.ts';

/** What menus and callers hand over is checked by the handler that uses it. */
export type CommandHandler = (...args: unknown[]) => unknown;
export type CommandHandlers<K extends CommandId = CommandId> = { readonly [id in K]: CommandHandler };

/** Registers every command there is. What a handler throws is logged and shown once, with a way to the log. */
export function registerCommands(handlers: CommandHandlers, log: vscode.LogOutputChannel): Disposable {
  const registered = new DisposableStore();
  for (const [id, handler] of Object.entries(handlers)) {
    const run = async (...args: unknown[]) => {
      try {
        return await handler(...args);
      } catch (error) {
        void showError(error, log, id);
        return undefined;
      }
    };
    registered.add(vscode.commands.registerCommand(id, run));
  }
  return registered;
}

async function showError(error: unknown, log: vscode.LogOutputChannel, command: string): Promise<void> {
  if (error instanceof vscode.CancellationError) return;
  const message = error instanceof Error ? error.message : String(error);
  log.error(`${command}: ${error instanceof Error ? (error.stack ?? message) : message}`);
  const showLog = vscode.l10n.t('Show Log');
  if ((await vscode.window.showErrorMessage(message, showLog)) === showLog) log.show();
}
