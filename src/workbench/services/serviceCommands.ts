import * as vscode from 'vscode';
import type { CommandHandlers } from '../commands.ts';
import type { EngineLink } from '../link/engineLink.ts';
import { commands, views } from '../names.ts';
import type { TracePanels } from '../panel/tracePanels.ts';
import type { TracesView } from '../traces/tracesView.ts';
import type { OperationNode, ServiceNode } from './servicesView.ts';

/** Commands of the services tree: from a service or an operation to its traces. */
export function serviceCommands(link: EngineLink, traces: TracesView, panels: TracePanels) {
  return {
    [commands.showServiceTraces]: async (node: unknown) => {
      await traces.setIntent({ text: wordsOf(node as ServiceNode | OperationNode) });
      await vscode.commands.executeCommand(`${views.traces}.focus`);
    },
    [commands.openNewestOfService]: async (node: unknown) => {
      const params = { query: queryOf(node as ServiceNode | OperationNode), limit: 1, spansPerTrace: 1 };
      const { traces: found } = await link.request('traces/query', params);
      if (found.length === 0) throw new Error(vscode.l10n.t('Its traces were dropped from the store.'));
      await panels.open(found[0].traceId, found[0].matchedSpans[0]?.spanId);
    },
  } satisfies Partial<CommandHandlers>;
}

/** The filter box takes words; each must occur in the trace. */
function wordsOf(node: ServiceNode | OperationNode): string {
  return node.kind === 'service' ? node.id : node.statistics.name;
}

function queryOf(node: ServiceNode | OperationNode): string {
  const service = node.kind === 'service' ? node : node.service;
  const isService = `resource.service.name = ${JSON.stringify(service.statistics.serviceName)}`;
  if (node.kind === 'service') return `{ ${isService} }`;
  return `{ ${isService} && name = ${JSON.stringify(node.statistics.name)} }`;
}
