import * as vscode from 'vscode';
import type { Documents } from '../documents.ts';
import type { EngineLink } from '../link/engineLink.ts';
import { labelText } from '../text.ts';
import type { TracesModel } from '../traces/tracesModel.ts';
import { type Check, diagnose, diagnosisText, type Verdict } from './diagnosis.ts';
import { observe } from './observe.ts';

const { l10n } = vscode;
const icons: { readonly [verdict in Verdict]: string } = { ok: 'pass', hint: 'question', problem: 'error' };
const order: readonly Verdict[] = ['problem', 'hint', 'ok'];

/** "Why are there no traces?": the findings in a list, the gravest first; a finding with a fix does it when it is chosen. */
export async function showDiagnosis(
  link: EngineLink,
  traces: TracesModel,
  documents: Documents,
): Promise<void> {
  const location = vscode.ProgressLocation.Window;
  const title = l10n.t('Why are there no traces?');
  const seen = await vscode.window.withProgress({ location, title }, () => observe(link, traces));
  const checks = diagnose(seen, (text, ...values) => l10n.t(text, ...values));
  const items = order.flatMap(verdict => checks.filter(check => check.verdict === verdict)).map(item);
  const report = { label: l10n.t('$(markdown) Open as a Document'), check: undefined };
  const picked = await vscode.window.showQuickPick<vscode.QuickPickItem & { check: Check | undefined }>(
    [...items, { label: '', kind: vscode.QuickPickItemKind.Separator, check: undefined }, report],
    { title, placeHolder: l10n.t('Choose a finding to fix it'), matchOnDetail: true },
  );
  if (picked === undefined) return;
  const { check } = picked;
  if (check?.fix !== undefined)
    await vscode.commands.executeCommand(check.fix.command, ...(check.fix.arguments ?? []));
  else
    await documents.show(
      'no-traces.md',
      diagnosisText(checks, (text, ...values) => l10n.t(text, ...values)),
    );
}

function item(check: Check): vscode.QuickPickItem & { check: Check } {
  const { verdict, title, detail, fix } = check;
  return {
    label: `$(${icons[verdict]}) ${labelText(title).replaceAll('$(', '$ (')}`,
    description: fix && `$(wrench) ${fix.title}`,
    detail: labelText(detail, 400).replaceAll('$(', '$ ('),
    check,
  };
}
