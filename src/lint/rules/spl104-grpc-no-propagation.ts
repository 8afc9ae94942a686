import { statementOf, variableOf } from '../facts/bindings.ts';
import { type ClientCall, clientCalls } from '../facts/clientCalls.ts';
import { isBesideProgram } from '../facts/endpoints.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { injections } from '../facts/injections.ts';
import { type CallExpression, staticText } from '../facts/syntax.ts';
import { within } from '../facts/walk.ts';
import { importNames } from '../fixes/imports.ts';
import { insert } from '../fixes/text.ts';
import type { Fix, Rule } from './rule.ts';
import { gapOf } from './spl101-http-no-propagation.ts';

export const grpcNoPropagation: Rule = {
  id: 'SPL104',
  name: 'grpc-no-propagation',
  group: 'propagation',
  severity: 'warning',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go'],
  fix: 'safe',
  docs: {
    what: 'Finds gRPC clients whose calls carry no trace context: no stats handler, no interceptor, and no instrumentation that is active in the service.',
    why: 'Every call over the connection begins a new trace at its other end. In Go nothing instruments a connection but its own dial options.',
    examples: [
      {
        language: 'go',
        bad: 'conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))',
        good: 'conn, err := grpc.NewClient(address,\n\tgrpc.WithTransportCredentials(insecure.NewCredentials()),\n\tgrpc.WithStatsHandler(otelgrpc.NewClientHandler()),\n)',
      },
      {
        language: 'python',
        bad: 'channel = grpc.insecure_channel("ledger:50051")',
        good: 'GrpcInstrumentorClient().instrument()\nchannel = grpc.insecure_channel("ledger:50051")',
      },
    ],
    notReported: [
      'Connections of exporters, to ports 4317 and 4318, and those in memory (`bufconn`).',
      'Connections with options that come from elsewhere, with interceptors, or wrapped by a function of the project that adds them.',
    ],
    fix: 'Go: adds `grpc.WithStatsHandler(otelgrpc.NewClientHandler())` and the import. It adds telemetry and changes nothing else, so it is safe.',
    evidence: 'A call whose other end is the root of a trace of its own confirms it.',
    references: [
      '[otelgrpc](https://pkg.go.dev/go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc)',
    ],
  },
  check({ file, service, report }) {
    if (!service.setsUpSdk || isBesideProgram(file.path)) return;
    for (const client of file.get(clientCalls)) {
      if (client.library.transport !== 'grpc' || isCovered(file, client)) continue;
      const gap = gapOf(service, client.library.id);
      if (gap === undefined) continue;
      report({
        at: client.call.calleeAt,
        message:
          file.language === 'go'
            ? 'Calls over this connection do not carry the trace context: it has no stats handler of otelgrpc.'
            : 'Calls over this channel do not carry the trace context: it is not intercepted, and no instrumentation of gRPC is active in this service.',
        ...gap,
        fixes: file.language === 'go' ? goFixes(file, client.call) : [],
        group: file.language === 'go' ? undefined : client.library.id,
        anchor: { library: client.library.id, transport: 'grpc' },
      });
    }
    if (file.language !== 'python' && file.language !== 'go') checkScript(file);

    /** A client of generated code takes an address and credentials. */
    function checkScript(scripted: FileFacts): void {
      const gap = gapOf(service, 'grpc-js');
      if (gap === undefined || file.fileClass.side === 'browser') return;
      for (const call of scripted.syntax.calls) {
        if (!call.constructs || call.arguments.length < 2 || !hasCredentials(scripted, call)) continue;
        if (isExporters(call.at.text) || /interceptor|Exporter/i.test(call.at.text)) continue;
        report({
          at: call.calleeAt,
          message:
            'Calls of this gRPC client do not carry the trace context: no GrpcInstrumentation is registered in this service.',
          ...gap,
          group: 'grpc-js',
          anchor: { library: 'grpc-js', transport: 'grpc' },
        });
      }
    }
  },
};

function hasCredentials(file: FileFacts, { arguments: given, inFunction }: CallExpression): boolean {
  return given.slice(1).some(argument => {
    const value = file.names.resolve(argument, inFunction);
    return (
      value.type === 'call' &&
      /^@grpc\/grpc-js#(?:ChannelCredentials|credentials)\.create/.test(file.names.callee(value) ?? '')
    );
  });
}

function isExporters(text: string): boolean {
  return /:431[78]\b|otlp|exporter|collector|jaeger|bufnet|bufconn|passthrough:/i.test(text);
}

function isCovered(file: FileFacts, { call }: ClientCall): boolean {
  const { inFunction } = call;
  const options = call.arguments.slice(1);
  const address = staticText(call.arguments[0] && file.names.resolve(call.arguments[0], inFunction));
  if (isExporters(`${call.at.text} ${address ?? ''}`)) return true;
  if (/intercept|StatsHandler|otelgrpc|instrument|telemetry|tracing/i.test(call.at.text)) return true;
  if (flowsIntoExporter(file, call)) return true;
  for (const option of options) {
    // Options that are put together elsewhere, also `opts...`.
    if (option.type === 'operation' && option.operator === '...') {
      const [list] = option.operands;
      if (list === undefined || !isPlainList(file, list, call)) return true;
    } else if (option.type === 'reference' && !isPlainList(file, option, call)) return true;
  }
  if (file.language !== 'python') return false;
  const variable = variableOf(file, call);
  const intercepted = file.syntax.calls.some(
    each =>
      each.callee === 'intercept_channel' &&
      (within1(each, call) ||
        each.arguments.some(argument => argument.type === 'reference' && argument.path === variable)),
  );
  return intercepted || file.get(injections).some(each => each.call.inFunction === inFunction);
}

function within1(outer: CallExpression, inner: CallExpression): boolean {
  return [...within(outer)].includes(inner);
}

/** `opts := []grpc.DialOption{…}` in this function, with nothing in it or added to it that instruments. */
function isPlainList(
  file: FileFacts,
  list: CallExpression['arguments'][number],
  call: CallExpression,
): boolean {
  if (list.type !== 'reference') return false;
  const definitions = file.names.definitions(list.path, call.inFunction, list.at);
  if (definitions.length === 0 || definitions.some(({ kind }) => kind !== 'value')) return false;
  return definitions.every(
    each =>
      each.kind === 'value' &&
      each.inFunction === call.inFunction &&
      each.value !== undefined &&
      (each.value.type === 'list' || (each.value.type === 'call' && each.value.callee === 'append')) &&
      !/intercept|StatsHandler|otelgrpc|instrument|telemetry|tracing|\.\.\./i.test(each.value.at.text),
  );
}

/** `otlptracegrpc.New(ctx, otlptracegrpc.WithGRPCConn(conn))`, also by the function that returns it. */
function flowsIntoExporter(file: FileFacts, call: CallExpression): boolean {
  const variable = variableOf(file, call);
  const around = call.inFunction;
  if (/exporter|otlp|collector|telemetry|tracerprovider|initprovider/i.test(around?.qualifiedName ?? ''))
    return true;
  if (variable === undefined)
    return statementOf(file, call)?.type === 'return' && /otel|otlp/i.test(file.path);
  return (
    file.syntax.calls.some(
      each =>
        /^(?:WithGRPCConn|OTLPSpanExporter|OTLPTraceExporter)$/.test(each.callee) &&
        each.arguments.some(argument => argument.type === 'reference' && argument.path === variable),
    ) ||
    (/WithGRPCConn/.test(file.syntax.source) &&
      /conn/i.test(variable) &&
      !/Client\(/.test(file.syntax.source))
  );
}

function goFixes(file: FileFacts, call: CallExpression): Fix[] {
  const last = call.arguments.at(-1);
  if (last === undefined || call.argumentsAt === undefined) return [];
  // `opts...` takes no more options beside it.
  if (last.type === 'operation' && last.operator === '...') return [];
  const [grpc, otelgrpc] = importNames(file, [
    { module: 'google.golang.org/grpc', name: '*' },
    { module: 'go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc', name: '*' },
  ]);
  const option = `${grpc.local}.WithStatsHandler(${otelgrpc.local}.NewClientHandler())`;
  return [
    {
      title: 'Propagate with the stats handler of otelgrpc',
      kind: 'safe',
      edits: [insert(last.at.end, `, ${option}`), ...grpc.edits],
    },
  ];
}
