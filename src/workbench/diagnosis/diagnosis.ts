import type { EngineStatus, Rejection } from '../../protocol/control.ts';
import { receiverName } from '../link/receiverName.ts';
import type { CommandId } from '../names.ts';

/** An `OTEL_*` variable, and where it is set. */
export interface FoundVariable {
  readonly name: string;
  readonly value: string;
  /** `this window's environment`, `launch.json: Start server`… */
  readonly place: string;
}

/** All that is known when somebody asks why there are no traces. */
export interface Observations {
  readonly receiver: 'stopped' | 'starting' | 'listening' | 'failed';
  readonly failure: string;
  readonly status: EngineStatus | undefined;
  readonly variables: readonly FoundVariable[];
  /** Manifests that name an OpenTelemetry SDK, relative to the workspace. */
  readonly sdks: readonly string[];
  readonly hasFolder: boolean;
  readonly isTrusted: boolean;
  readonly injectsEnvironment: boolean;
  /** Traces that the tree does not show because of its filter, its scope or a pause. */
  readonly hiddenTraces: number;
  readonly isPaused: boolean;
}

/** `problem`: this alone explains it. `hint`: it may. `ok`: it is not this. */
export type Verdict = 'ok' | 'hint' | 'problem';

export interface Check {
  readonly verdict: Verdict;
  /** What was looked at, and what was found. */
  readonly title: string;
  readonly detail: string;
  readonly fix?: {
    readonly title: string;
    readonly command: CommandId;
    readonly arguments?: readonly unknown[];
  };
}

/** Fills `{0}`, `{1}`… of an English text, translating it: `vscode.l10n.t` in the editor. */
export type Translate = (text: string, ...values: (string | number)[]) => string;

/** The causes in the order in which telemetry travels backwards: from the tree to the program. */
export function diagnose(seen: Observations, t: Translate): Check[] {
  const checks = [receiverCheck(seen, t)];
  const { status } = seen;
  if (status !== undefined) {
    checks.push(...portChecks(status, t), arrivalCheck(status, t), ...rejectionChecks(status.rejections, t));
    checks.push(...evictionChecks(status, t), ...journalChecks(status, t), ...viewChecks(seen, t));
  }
  checks.push(...variableChecks(seen, t), sdkCheck(seen, t), ...launchChecks(seen, t));
  return checks;
}

function receiverCheck({ receiver, failure, status }: Observations, t: Translate): Check {
  const start = { title: t('Start Receiver'), command: 'spanline.receiver.start' } as const;
  switch (receiver) {
    case 'listening':
      return {
        verdict: 'ok',
        title: t('The receiver is listening'),
        detail: t(
          'OTLP/HTTP at {0}, OTLP/gRPC at {1}.',
          status?.endpoints.otlpHttp ?? '–',
          status?.endpoints.otlpGrpc ?? '–',
        ),
      };
    case 'starting':
      return { verdict: 'hint', title: t('The receiver is starting'), detail: t('Ask again in a moment.') };
    case 'stopped':
      return {
        verdict: 'problem',
        title: t('The receiver is not running'),
        detail: t('Nobody listens for this window: what programs send is refused by the system.'),
        fix: start,
      };
    case 'failed':
      return { verdict: 'problem', title: t('The receiver failed'), detail: failure, fix: start };
  }
}

function portChecks({ portConflicts, endpoints }: EngineStatus, t: Translate): Check[] {
  return portConflicts.map(({ receiver, port, holder }) => ({
    verdict: 'hint',
    title: t('Port {0} is held by {1}', port, holder ?? t('another program')),
    detail: t(
      'A program that sends to the standard port reaches that one. Spanline listens at {0}: end the other program, or set the endpoint.',
      endpoints[receiver] ?? '–',
    ),
    fix: { title: t('Copy Environment'), command: 'spanline.receiver.copyEnvironment' },
  }));
}

function arrivalCheck({ requests, spansReceived, endpoints }: EngineStatus, t: Translate): Check {
  const counts = Object.entries(requests).map(([receiver, count]) => `${receiverName(receiver)}: ${count}`);
  if (spansReceived > 0)
    return {
      verdict: 'ok',
      title: t('Spans have arrived: {0}', spansReceived),
      detail: t('Requests since the start: {0}.', counts.join(', ')),
    };
  const total = Object.values(requests).reduce((sum, count) => sum + count, 0);
  if (total > 0)
    return {
      verdict: 'problem',
      title: t('Requests have arrived ({0}), and no span', total),
      detail: t('Only logs or metrics were in them, or they were refused ({0}).', counts.join(', ')),
    };
  return {
    verdict: 'problem',
    title: t('Nothing has arrived'),
    detail: t(
      'No program has sent anything to {0} or {1} since the receiver was started.',
      endpoints.otlpHttp ?? '–',
      endpoints.otlpGrpc ?? '–',
    ),
    fix: { title: t('Copy Environment'), command: 'spanline.receiver.copyEnvironment' },
  };
}

function rejectionChecks(rejections: readonly Rejection[], t: Translate): Check[] {
  return rejections.slice(0, 10).map(({ receiver, answer, reason, count }) => ({
    verdict: 'problem',
    title: t('{0} refused: {1} ({2}×)', receiverName(receiver), answer, count),
    detail: reason,
  }));
}

function evictionChecks({ spansEvicted, budgetBytes }: EngineStatus, t: Translate): Check[] {
  if (spansEvicted === 0) return [];
  return [
    {
      verdict: 'hint',
      title: t('{0} spans were dropped to make room', spansEvicted),
      detail: t('The store holds {0} MB; the oldest traces go first.', Math.round(budgetBytes / 1e6)),
      fix: { title: t('Open Settings'), command: 'spanline.settings.open' },
    },
  ];
}

function journalChecks({ journal }: EngineStatus, t: Translate): Check[] {
  if (journal.state !== 'degraded') return [];
  return [
    {
      verdict: 'hint',
      title: t('The journal cannot be written'),
      detail: t('Spans are kept in memory only and end with the receiver: {0}', journal.reason ?? ''),
      fix: { title: t('Open Settings'), command: 'spanline.settings.open' },
    },
  ];
}

function viewChecks({ hiddenTraces, isPaused }: Observations, t: Translate): Check[] {
  const checks: Check[] = [];
  if (isPaused)
    checks.push({
      verdict: 'problem',
      title: t('The tree is paused'),
      detail: t('Traces that arrive are kept and shown when it goes on.'),
      fix: { title: t('Resume'), command: 'spanline.traces.resume' },
    });
  if (hiddenTraces > 0)
    checks.push({
      verdict: 'problem',
      title: t('{0} traces are hidden', hiddenTraces),
      detail: t('The filter or the scope of the tree leaves them out.'),
      fix: { title: t('Show All Traces'), command: 'spanline.traces.clearFilter' },
    });
  return checks;
}

function variableChecks(seen: Observations, t: Translate): Check[] {
  return seen.variables.flatMap(variable => variableCheck(variable, seen.status, t) ?? []);
}

/** What the OpenTelemetry specification lets a variable do to the traces of a program. */
function variableCheck(
  { name, value, place }: FoundVariable,
  status: EngineStatus | undefined,
  t: Translate,
): Check | undefined {
  const title = t('{0} = {1} in {2}', name, value, place);
  const problem = (detail: string): Check => ({ verdict: 'problem', title, detail });
  const hint = (detail: string): Check => ({ verdict: 'hint', title, detail });
  switch (name) {
    case 'OTEL_SDK_DISABLED':
      return value.toLowerCase() === 'true' ? problem(t('The SDK is switched off. Remove this.')) : undefined;
    case 'OTEL_TRACES_EXPORTER':
      return value.split(',').includes('otlp')
        ? undefined
        : problem(t('Traces are not sent with OTLP. Set it to otlp, or remove it.'));
    case 'OTEL_TRACES_SAMPLER':
      if (value === 'always_off') return problem(t('No trace is sampled. Set it to parentbased_always_on.'));
      return value.includes('ratio') ? hint(t('Only a part of the traces is sampled.')) : undefined;
    case 'OTEL_EXPORTER_OTLP_PROTOCOL':
    case 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL':
      return ['grpc', 'http/protobuf', 'http/json'].includes(value)
        ? undefined
        : problem(t('There is no such protocol. Set it to http/protobuf, http/json or grpc.'));
    case 'OTEL_EXPORTER_OTLP_ENDPOINT':
    case 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT':
      return endpointCheck(name, value, status, t, problem, hint);
    default:
      return undefined;
  }
}

function endpointCheck(
  name: string,
  value: string,
  status: EngineStatus | undefined,
  t: Translate,
  problem: (detail: string) => Check,
  hint: (detail: string) => Check,
): Check | undefined {
  if (!URL.canParse(value) || !/^https?:/.test(value))
    return problem(t('This is not a URL with http:// in front, which most SDKs need.'));
  const url = new URL(value);
  if (url.protocol === 'https:')
    return problem(t('Spanline listens without TLS. Begin the address with http://.'));
  if (status === undefined) return undefined;
  const { otlpHttp = '', otlpGrpc = '' } = status.endpoints;
  const ports = [otlpHttp, `http://${otlpGrpc}`]
    .filter(address => URL.canParse(address))
    .map(address => new URL(address).port);
  const isHere =
    ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname) && ports.includes(url.port || '80');
  if (!isHere)
    return hint(t('Traces go there and not to Spanline, which listens at {0} and {1}.', otlpHttp, otlpGrpc));
  const isHttp = url.port === ports[0];
  if (isHttp && name.endsWith('TRACES_ENDPOINT') && !/\/v1\/traces\/?$/.test(url.pathname))
    return problem(t('This variable takes the whole address: add /v1/traces.'));
  if (isHttp && !name.endsWith('TRACES_ENDPOINT') && /\/v1\/traces\/?$/.test(url.pathname))
    return problem(t('SDKs add /v1/traces to this address by themselves: remove it.'));
  return undefined;
}

function sdkCheck({ sdks, hasFolder }: Observations, t: Translate): Check {
  if (sdks.length > 0)
    return {
      verdict: 'ok',
      title: t('An OpenTelemetry SDK is in the workspace'),
      detail: t('Named in {0}. Is it started before everything else of the program?', sdks.join(', ')),
    };
  return {
    verdict: 'hint',
    title: t('No OpenTelemetry SDK was found'),
    detail: hasFolder
      ? t('No manifest of the workspace names one. A program without an SDK or an agent sends no traces.')
      : t('No folder is open.'),
    fix: {
      title: t('Get Started'),
      command: 'spanline.walkthrough.open',
    },
  };
}

function launchChecks({ isTrusted, injectsEnvironment }: Observations, t: Translate): Check[] {
  if (!isTrusted)
    return [
      {
        verdict: 'hint',
        title: t('The workspace is not trusted'),
        detail: t(
          'Debug sessions and Spanline Terminals get no environment here. Programs elsewhere can send.',
        ),
      },
    ];
  if (injectsEnvironment) return [];
  return [
    {
      verdict: 'hint',
      title: t('Debug sessions are launched without the environment'),
      detail: t('The setting spanline.launch.injectEnvironment is off.'),
      fix: { title: t('Open Settings'), command: 'spanline.settings.open' },
    },
  ];
}

const marks: { readonly [verdict in Verdict]: string } = { ok: '✓', hint: '?', problem: '✗' };

/** The checks as Markdown, for a document that can be read, searched and pasted into a report. */
export function diagnosisText(checks: readonly Check[], t: Translate): string {
  const sections = checks.map(({ verdict, title, detail, fix }) =>
    [`## ${marks[verdict]} ${title}`, detail, fix && t('Fix: run the command “Spanline: {0}”.', fix.title)]
      .filter(Boolean)
      .join('\n\n'),
  );
  return `# ${t('Why are there no traces?')}\n\n${sections.join('\n\n')}\n`;
}
