import * as vscode from 'vscode';
import type { Disposable } from '../../base/events.ts';
import type { EngineStatus } from '../../protocol/control.ts';
import { commands } from '../names.ts';
import type { EngineLink } from './engineLink.ts';

const { l10n } = vscode;
const silencedKey = 'store.budgetNoticeSilenced';

/** Says once in a session that the store has begun to drop traces. */
export class BudgetNotice implements Disposable {
  readonly #memory: vscode.Memento;
  readonly #subscription: Disposable;
  #isSaid = false;

  constructor(link: EngineLink, memory: vscode.Memento) {
    this.#memory = memory;
    this.#subscription = link.onDidChangeStatus(status => void this.#check(status));
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  async #check({ spansEvicted, budgetBytes }: EngineStatus): Promise<void> {
    if (spansEvicted === 0 || this.#isSaid || this.#memory.get(silencedKey)) return;
    this.#isSaid = true;
    const openSettings = l10n.t('Open Settings');
    const silence = l10n.t("Don't Show Again");
    const answer = await vscode.window.showInformationMessage(
      l10n.t(
        'The store of traces has reached its {0} MB. The oldest traces are dropped from now on; pinned ones stay.',
        Math.round(budgetBytes / 1e6),
      ),
      openSettings,
      silence,
    );
    if (answer === openSettings) await vscode.commands.executeCommand(commands.openSettings);
    if (answer === silence) await this.#memory.update(silencedKey, true);
  }
}
