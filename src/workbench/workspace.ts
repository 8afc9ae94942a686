import * as vscode from 'vscode';

/**
 * The URI that the traces of this window's programs carry: of its folder, or of its `.code-workspace` file if it has
 * several; `undefined` for an empty window.
 */
export function workspaceUri(): string | undefined {
  const { workspaceFile, workspaceFolders = [] } = vscode.workspace;
  const several = workspaceFolders.length > 1 && workspaceFile?.scheme !== 'untitled';
  return (several ? workspaceFile : undefined)?.toString() ?? workspaceFolders[0]?.uri.toString();
}
