import type { BackendStatus, EngineStatus, JournalStatus } from '../protocol/control.ts';
import type { ForwardStatus } from '../protocol/forward.ts';
import { command } from './command.ts';
import { withEngine } from './connect.ts';
import { dropReasons } from './dropReasons.ts';
import { print, printJson } from './output.ts';
import { alignColumns, localTime, printable } from './table.ts';

export const status = command({
  usage: 'status [options]',
  summary: 'Show what the engine has received and holds, and where it listens.',
  operands: { least: 0, most: 0 },
  options: {},
  async run({ options }) {
    const answer = await withEngine(options, engine => engine.request('status', {}));
    if (options.json) await printJson(answer);
    else await print(statusText(answer));
    return 0;
  },
});

function statusText(status: EngineStatus): string {
  const rows = [
    ['engine', `${status.version}, process ${status.pid}, up ${Math.round(status.uptimeSeconds)} s`],
    ...Object.entries(status.endpoints).map(([name, address]) => [name, address]),
    ...status.portConflicts.map(({ receiver, port, holder }) => [
      '',
      `port ${port} for ${receiver} is taken${holder === undefined ? '' : ` by ${holder}`}`,
    ]),
    ['traces', `${status.tracesStored}`],
    [
      'spans',
      `${status.spansStored} stored, ${status.spansReceived} received, ${status.spansRejected} rejected, ` +
        `${status.spansEvicted} dropped to stay within the budget`,
    ],
    ...status.evictions.map(({ serviceName, reason, spans }) => [
      '',
      `${spans} of ${serviceName} dropped: ${dropReasons[reason]}`,
    ]),
    ['logs', `${status.logsStored} stored`],
    ['metric points', `${status.metricPointsReceived} received`],
    [
      'memory',
      `${megabytes(status.bytesStored)} of ${megabytes(status.budgetBytes)}, process ${megabytes(status.rssBytes)}`,
    ],
    ['journal', journalText(status.journal)],
    ...forwardRows(status.forward),
    ...status.backends.flatMap(backendRows),
    ...status.rejections.map(({ receiver, answer, reason, count }) => [
      'refused',
      `${count} × ${receiver}: ${answer}, ${reason}`,
    ]),
  ];
  return `${alignColumns(rows)}\n`;
}

function journalText({ state, bytes, reason }: JournalStatus): string {
  switch (state) {
    case 'on':
      return `${megabytes(bytes)} on the disk`;
    case 'off':
      return 'off, spans are kept in memory only';
    case 'degraded':
      return `cannot be written, spans are kept in memory only: ${reason}`;
  }
}

function forwardRows(status: ForwardStatus): string[][] {
  if (status.state === 'off') return [['forward', 'off']];
  const { state, url, protocol, redact, queuedBytes, sentItems, rejectedItems, droppedItems } = status;
  const { pausedUntilUnixNano: pausedUntil, lastError } = status;
  return [
    ['forward', `${url}, ${protocol}, ${redact ? 'masked' : 'nothing masked'}: ${state}`],
    [
      '',
      `${sentItems} sent, ${rejectedItems} rejected, ${droppedItems} dropped, ${megabytes(queuedBytes)} waiting`,
    ],
    ...(pausedUntil === undefined ? [] : [['', `asked to wait until ${localTime(pausedUntil)}`]]),
    ...errorRows(lastError),
  ];
}

function backendRows({ url, kind, isReachable, lastAnswerUnixNano, lastError }: BackendStatus): string[][] {
  const state = isReachable ? 'reachable' : 'not reachable';
  const answered = lastAnswerUnixNano === undefined ? '' : `, last answer ${localTime(lastAnswerUnixNano)}`;
  return [
    ['backend', `${kind === undefined ? '' : `${kind} `}${url}: ${state}${answered}`],
    ...errorRows(lastError),
  ];
}

function errorRows(error: { timeUnixNano: string; reason: string } | undefined): string[][] {
  return error === undefined
    ? []
    : [['', `last error ${localTime(error.timeUnixNano)}: ${printable(error.reason)}`]];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
