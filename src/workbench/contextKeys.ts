import * as vscode from 'vscode';
import type { ContextKeys } from './names.ts';

const written = new Map<string, unknown>();

/** Sets a context key; a value that it has already is not sent again. */
export function setContextKey<K extends keyof ContextKeys>(name: K, value: ContextKeys[K]): void {
  if (written.get(name) === value) return;
  written.set(name, value);
  void vscode.commands.executeCommand('setContext', name, value);
}
