import * as vscode from 'vscode';
import { type TraceStrings, traceStrings } from '../../protocol/traceStrings.ts';

/** The texts of the panel in the language of the editor; placeholders stay, the panel fills them in. */
export function panelStrings(): TraceStrings {
  const translated = Object.entries(traceStrings).map(([key, text]) => [key, vscode.l10n.t(text)]);
  return Object.fromEntries(translated) as TraceStrings;
}
