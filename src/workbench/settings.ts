import * as vscode from 'vscode';
import type { Disposable } from '../base/events.ts';
import type { Settings } from './names.ts';

/** The value that is in force; of settings with scope `resource`, for `resource`. */
export function readSetting<K extends keyof Settings>(name: K, resource?: vscode.Uri): Settings[K] {
  // The manifest gives each setting a default, and a test sees to it.
  return vscode.workspace.getConfiguration('spanline', resource).get(name) as Settings[K];
}

export function onDidChangeSetting(name: keyof Settings, listener: () => void): Disposable {
  return vscode.workspace.onDidChangeConfiguration(event => {
    if (event.affectsConfiguration(`spanline.${name}`)) listener();
  });
}
