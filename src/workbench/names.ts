/**
 * Every name that the manifest and the code share, once. A test compares them with `package.json`.
 */
import { type PanelCommand, panelCommands } from '../protocol/panel.ts';

export const extensionId = 'spanline.spanline';

/** Commands that are run by name, with the arguments that menus and code lenses give. */
export const commands = {
  startReceiver: 'spanline.receiver.start',
  stopReceiver: 'spanline.receiver.stop',
  openReceiver: 'spanline.receiver.open',
  showReceiverMenu: 'spanline.receiver.showMenu',
  copyEndpoint: 'spanline.receiver.copyEndpoint',
  copyEnvironment: 'spanline.receiver.copyEnvironment',
  diagnose: 'spanline.receiver.diagnose',
  startForwarding: 'spanline.forward.start',
  stopForwarding: 'spanline.forward.stop',
  showForwarding: 'spanline.forward.show',
  setForwardHeader: 'spanline.forward.setHeader',
  openTerminal: 'spanline.terminal.open',
  showLog: 'spanline.log.show',
  openSettings: 'spanline.settings.open',
  openWalkthrough: 'spanline.walkthrough.open',
  openTrace: 'spanline.traces.open',
  openNewestTrace: 'spanline.traces.openNewest',
  searchTraces: 'spanline.traces.search',
  filterTraces: 'spanline.traces.filter',
  clearTracesFilter: 'spanline.traces.clearFilter',
  showOnlyErrors: 'spanline.traces.showOnlyErrors',
  showAllOutcomes: 'spanline.traces.showAllOutcomes',
  showWorkspaceTraces: 'spanline.traces.showWorkspace',
  showAllTraces: 'spanline.traces.showAll',
  showUnattributedTraces: 'spanline.traces.showUnattributed',
  groupTraces: 'spanline.traces.group',
  flattenTraces: 'spanline.traces.flatten',
  pauseTraces: 'spanline.traces.pause',
  resumeTraces: 'spanline.traces.resume',
  loadMoreTraces: 'spanline.traces.loadMore',
  clearTraces: 'spanline.traces.clear',
  importTraces: 'spanline.traces.import',
  exportTraces: 'spanline.traces.export',
  exportTrace: 'spanline.traces.exportOne',
  pinTrace: 'spanline.traces.pin',
  unpinTrace: 'spanline.traces.unpin',
  copyTraceId: 'spanline.traces.copyId',
  openTraceJson: 'spanline.traces.openJson',
  showServiceTraces: 'spanline.services.showTraces',
  openNewestOfService: 'spanline.services.openNewest',
  searchBackend: 'spanline.backends.search',
  setBackendToken: 'spanline.backends.setToken',
  previewSampling: 'spanline.sampling.preview',
  showSpans: 'spanline.spans.show',
  explainRule: 'spanline.lint.explain',
  fixAll: 'spanline.lint.fixAll',
  showEvidence: 'spanline.lint.showEvidence',
  configureLint: 'spanline.lint.configure',
  copyRedaction: 'spanline.lint.copyRedaction',
} as const;

export type PanelCommandId = `spanline.panel.${PanelCommand}`;
export type CommandId = (typeof commands)[keyof typeof commands] | PanelCommandId;

export function panelCommandId(command: PanelCommand): PanelCommandId {
  return `spanline.panel.${command}`;
}

export const allCommands: readonly CommandId[] = [
  ...Object.values(commands),
  ...panelCommands.map(panelCommandId),
];

export const views = {
  container: 'spanline',
  traces: 'spanline.traces',
  services: 'spanline.services',
} as const;

/** Type of the trace panel: the webview, its serializer and the key bindings' guard. */
export const tracePanelType = 'spanline.trace';
/** Types of the editor of files: of those that are always traces, and by choice. They begin like the panel's, for its commands and keys. */
export const traceFileTypes = ['spanline.traceFile', 'spanline.traceFileByChoice'] as const;
export const terminalProfile = 'spanline.terminal';
export const walkthrough = 'spanline.gettingStarted';
/** Scheme of read-only documents: a trace as JSON, a diagnosis. */
export const documentScheme = 'spanline';

/** Settings and the types of their values. */
export interface Settings {
  'receiver.start': 'auto' | 'always' | 'never';
  'receiver.otlpHttpPort': number;
  'receiver.otlpGrpcPort': number;
  /** Receiver → port, of those that are closed otherwise. */
  'receiver.ports': Record<string, unknown>;
  /** A further address to listen on; empty: loopback only. */
  'receiver.host': string;
  'store.budgetMegabytes': number;
  'store.journal': boolean;
  /** Policies; the engine checks them. */
  'store.keepLonger': unknown[];
  /** Base URL of an OTLP endpoint; empty: nothing is forwarded. */
  'forward.url': string;
  'forward.protocol': 'auto' | 'http/protobuf' | 'grpc';
  'forward.compression': 'gzip' | 'none';
  'forward.redact': boolean;
  /** Entries are checked where they are used: a workspace may bring them. */
  backends: unknown;
  /** Origin → how to get there. */
  backendConnections: Record<string, unknown>;
  'launch.injectEnvironment': boolean;
  'codeLens.enabled': boolean;
  'lint.enabled': boolean;
  'lint.profile': 'default' | 'strict';
  /** Rule, prefix or name → level. */
  'lint.rules': Record<string, unknown>;
}
export const settingNames = [
  'receiver.start',
  'receiver.otlpHttpPort',
  'receiver.otlpGrpcPort',
  'receiver.ports',
  'receiver.host',
  'store.budgetMegabytes',
  'store.journal',
  'store.keepLonger',
  'backends',
  'backendConnections',
  'forward.url',
  'forward.protocol',
  'forward.compression',
  'forward.redact',
  'launch.injectEnvironment',
  'codeLens.enabled',
  'lint.enabled',
  'lint.profile',
  'lint.rules',
] as const satisfies readonly (keyof Settings)[];

/** Context keys and the types of their values, for `when` clauses. */
export interface ContextKeys {
  'spanline.receiver': 'stopped' | 'starting' | 'listening' | 'failed';
  'spanline.tracesGrouped': boolean;
  'spanline.tracesPaused': boolean;
  'spanline.tracesScope': 'workspace' | 'all' | 'unattributed';
  'spanline.tracesErrorsOnly': boolean;
  /** A filter, the errors-only switch or the scope is set by the user. */
  'spanline.tracesFiltered': boolean;
  /** There are traces, and what is set hides all of them. */
  'spanline.tracesHidden': boolean;
}
export const contextKeyNames = [
  'spanline.receiver',
  'spanline.tracesGrouped',
  'spanline.tracesPaused',
  'spanline.tracesScope',
  'spanline.tracesErrorsOnly',
  'spanline.tracesFiltered',
  'spanline.tracesHidden',
] as const satisfies readonly (keyof ContextKeys)[];

/** `contextValue` of tree items. */
export const treeItems = {
  trace: 'spanline.trace',
  pinnedTrace: 'spanline.trace.pinned',
  group: 'spanline.group',
  more: 'spanline.more',
  service: 'spanline.service',
  operation: 'spanline.operation',
} as const;

/** Colours of services are handed out in the order in which services appear in a trace. */
export const colors = {
  services: [
    'spanline.service1',
    'spanline.service2',
    'spanline.service3',
    'spanline.service4',
    'spanline.service5',
    'spanline.service6',
    'spanline.service7',
    'spanline.service8',
    'spanline.service9',
    'spanline.service10',
    'spanline.service11',
    'spanline.service12',
  ],
  error: 'spanline.error',
  criticalPath: 'spanline.criticalPath',
} as const;
