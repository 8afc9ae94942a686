import type * as vscode from 'vscode';
import type { ReceiverControl } from '../link/receiverControl.ts';
import { SourceNavigator } from '../source/sourceNavigator.ts';
import { TraceFileSource } from './fileSource.ts';
import { TracePanel, type TracePanelServices } from './tracePanel.ts';

/** Shows a file of traces in the editor that VS Code made for it. */
export function openFilePanel(
  uri: vscode.Uri,
  webviewPanel: vscode.WebviewPanel,
  services: TracePanelServices,
  control: ReceiverControl,
): TracePanel {
  const file = new TraceFileSource(uri, services.link, control);
  const source = new SourceNavigator(file, services.language);
  const opening = { intent: { collapsed: [], filter: '' } };
  const panel = new TracePanel('', webviewPanel, { ...services, link: file, source }, opening, file);
  panel.onDidClose(() => {
    source.dispose();
    file.dispose();
  });
  return panel;
}
