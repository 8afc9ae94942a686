import * as vscode from 'vscode';
import type { TracesView } from './tracesView.ts';

/** Typing filters at once, a little after the last key. */
const delayMs = 150;

/** Asks for the words that traces must contain, and shows the result while they are typed. Escape takes it back. */
export async function askFilter(view: TracesView): Promise<void> {
  const before = view.model.intent.text;
  const box = vscode.window.createInputBox();
  box.title = vscode.l10n.t('Filter Traces');
  box.placeholder = vscode.l10n.t('Words in span names, service names or trace ids');
  box.value = before;
  let timer: NodeJS.Timeout | undefined;
  box.onDidChangeValue(text => {
    clearTimeout(timer);
    timer = setTimeout(() => void view.setIntent({ text: text.trim() }), delayMs);
  });
  const accepted = new Promise<boolean>(resolve => {
    box.onDidAccept(() => resolve(true));
    box.onDidHide(() => resolve(false));
  });
  box.show();
  const isAccepted = await accepted;
  clearTimeout(timer);
  await view.setIntent({ text: isAccepted ? box.value.trim() : before });
  box.dispose();
}
