import * as vscode from 'vscode';
import { createExports, type SpanlineExports } from './workbench/api.ts';
import { backendCommands } from './workbench/backends/backendCommands.ts';
import { registerCommands } from './workbench/commands.ts';
import { Documents } from './workbench/documents.ts';
import { forwardCommands } from './workbench/forward/forwardCommands.ts';
import { ForwardControl } from './workbench/forward/forwardControl.ts';
import { LaunchSupport } from './workbench/launch/launchSupport.ts';
import { BudgetNotice } from './workbench/link/budgetNotice.ts';
import { EngineLink } from './workbench/link/engineLink.ts';
import { receiverCommands } from './workbench/link/receiverCommands.ts';
import { engineOptions, ReceiverControl } from './workbench/link/receiverControl.ts';
import { startWhenWanted } from './workbench/link/startWhenWanted.ts';
import { lintCommands } from './workbench/lint/lintCommands.ts';
import { commands } from './workbench/names.ts';
import { TracePanels } from './workbench/panel/tracePanels.ts';
import { samplingCommands } from './workbench/sampling/samplingCommands.ts';
import { serviceCommands } from './workbench/services/serviceCommands.ts';
import { ServicesView } from './workbench/services/servicesView.ts';
import { LanguageService } from './workbench/source/languageService.ts';
import { SourceNavigator } from './workbench/source/sourceNavigator.ts';
import { showSpans } from './workbench/source/spansOfLine.ts';
import { ReceiverStatusBar } from './workbench/statusBar.ts';
import { openTraceJson, traceCommands } from './workbench/traces/traceCommands.ts';
import { TracesView } from './workbench/traces/tracesView.ts';

/** Builds the parts in order. Opens no file and no socket: what needs one waits until it is wanted. */
export function activate(context: vscode.ExtensionContext): SpanlineExports {
  const start = performance.now();
  const owned = <T extends vscode.Disposable>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };
  const file = (path: string) => vscode.Uri.joinPath(context.extensionUri, path);

  const log = owned(vscode.window.createOutputChannel('Spanline', { log: true }));
  const link = owned(new EngineLink(file('dist/engine.js').fsPath, engineOptions, log));
  const control = owned(new ReceiverControl(link, context.globalState, log));
  owned(new ReceiverStatusBar(link));
  owned(new BudgetNotice(link, context.globalState));
  const forward = owned(new ForwardControl(link, context.globalState, context.secrets, log));

  const documents = owned(new Documents());
  const view = owned(new TracesView(link, control, context.workspaceState, log));
  owned(new ServicesView(link, control, view.model, log));

  const language = owned(
    new LanguageService(file('dist/languageServer.js').fsPath, file('docs/rules'), link, log),
  );
  const source = owned(new SourceNavigator(link, language));
  const panels = owned(
    new TracePanels(
      {
        link,
        source,
        language,
        log,
        webviewFolder: file('dist/webview'),
        icon: { light: file('media/trace-light.svg'), dark: file('media/trace-dark.svg') },
        openTraceJson: (traceId, link) => openTraceJson(link, documents, traceId),
      },
      control,
    ),
  );
  const launch = owned(new LaunchSupport(link, control, log));

  owned(
    registerCommands(
      {
        ...receiverCommands({
          link,
          control,
          launch,
          log,
          showDiagnosis: async () => {
            const { showDiagnosis } = await import('./workbench/diagnosis/showDiagnosis.ts');
            await showDiagnosis(link, view.model, documents);
          },
        }),
        ...forwardCommands(link, control, forward),
        ...traceCommands({ link, control, view, panels, documents }),
        ...backendCommands({ link, control, panels, secrets: context.secrets }),
        ...samplingCommands({ link, control, language, panels }),
        ...serviceCommands(link, view, panels),
        ...panels.commands(),
        [commands.showSpans]: (refs, title) =>
          showSpans(link, (traceId, spanId) => panels.open(traceId, spanId), refs, title),
        ...lintCommands(file('docs/rules'), (traceId, spanId) => panels.open(traceId, spanId), language),
      },
      log,
    ),
  );
  owned(startWhenWanted(link, control, context.workspaceState, log));
  const { duration } = performance.measure('spanline.activate', { start });
  log.info(`activated in ${duration.toFixed(1)} ms`);
  return createExports(link, control, panels);
}
