import { targetIndex } from '../facts/clients/addresses.ts';
import { clientCalls } from '../facts/clients/clientCalls.ts';
import {
  channelIsIntercepted,
  dialCarrying,
  dialOptions,
  isExporters,
  isOwnConnection,
  opensStreams,
} from '../facts/clients/grpcClients.ts';
import { isServed, receiverOf } from '../facts/clients/receivers.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import type { CallExpression } from '../facts/syntax.ts';
import { importNames } from '../fixes/imports.ts';
import { insert } from '../fixes/text.ts';
import type { Service } from '../project/types.ts';
import { doubtOf, gapOf, isJudged, judged, mayCarry, reportForwarded } from './propagationGaps.ts';
import type { Fix, Rule, SourceContext } from './rule.ts';

export const grpcNoPropagation: Rule = {
  id: 'SPL104',
  name: 'grpc-no-propagation',
  group: 'propagation',
  severity: 'warning',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java'],
  fix: 'safe',
  docs: {
    what: 'Finds gRPC clients whose calls carry no trace context: no stats handler, no interceptor, and no instrumentation that is active in the service. In Go also clients whose streams have no interceptor where their other calls have one.',
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
      'A warning needs to be certain: the program itself must be seen to set up telemetry, and the other end to be of the project, by its address or because the project serves what the client asks. Otherwise it is an info that says what is not known.',
      'Connections with options that come from elsewhere, with interceptors of others, or with some of the project that inject or pass headers on.',
    ],
    fix: 'Go: adds `grpc.WithStatsHandler(otelgrpc.NewClientHandler())` and the import. It adds telemetry and changes nothing else, so it is safe.',
    evidence: 'A call whose other end is the root of a trace of its own confirms it.',
    references: [
      '[otelgrpc](https://pkg.go.dev/go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc)',
    ],
  },
  check(context) {
    if (!isJudged(context.file)) return;
    checkConnections(context);
    checkClients(context);
    reportForwarded(context, 'grpc');
  },
};

function checkConnections({ file, service, report }: SourceContext): void {
  for (const client of file.get(clientCalls)) {
    const { call, library } = client;
    if (library.transport !== 'grpc' || isOwnConnection(file, call, isServed(file))) continue;
    const gap = gapOf(service, library.id);
    if (gap === undefined) continue;
    const isGo = file.language === 'go';
    const options = isGo ? dialCarrying(file, dialOptions(call), call.inFunction) : 'no';
    const lacksStreams = isGo && options === 'yes' && streamsCarryNothing(file, call);
    const carries = isGo ? mayCarry(service, options, library.id) : channelIsIntercepted(file, call);
    if (carries && !lacksStreams) continue;
    const receiver = receiverOf(file, call, library);
    if (receiver === 'others') continue;
    if (lacksStreams) {
      report({
        at: call.calleeAt,
        message:
          'Streams over this connection do not carry the trace context: what propagates it is for the other calls.',
        severity: 'info',
        anchor: { library: library.id, transport: 'grpc' },
      });
      continue;
    }
    // Options from elsewhere may hold a handler, and code that injects by hand may do so into the metadata of calls.
    const mayBeCarried =
      options === 'unknown' ||
      (file.language === 'python' ? /\bmetadata\s*=/.test(file.syntax.source) : service.injects);
    report({
      at: call.calleeAt,
      ...judged(
        library.id,
        isGo
          ? 'Calls over this connection do not carry the trace context: it has no stats handler of otelgrpc.'
          : `Calls over this channel do not carry the trace context: it is not intercepted, and ${reasonOf(service, library.id)}.`,
        gap,
        mayBeCarried
          ? 'What injects it may do so in a place that is not seen.'
          : doubtOf(file, call, 'grpc', receiver),
      ),
      ...(isGo ? { group: undefined } : {}),
      fixes: isGo ? goFixes(file, call) : [],
      anchor: { library: library.id, transport: 'grpc' },
    });
  }
}

/** The other calls of a client that also opens streams carry it. */
function streamsCarryNothing(file: FileFacts, call: CallExpression): boolean {
  return (
    opensStreams(file, call) && dialCarrying(file, dialOptions(call), call.inFunction, [], 'Stream') === 'no'
  );
}

/** Python has an instrumentor for the channels of each of the two packages. */
function reasonOf(service: Service, library: string): string {
  const other = library === 'grpc.aio' ? 'grpc' : 'grpc.aio';
  return service.languages.has('python') && service.covers(other) === 'active'
    ? `what instruments those of \`${other}\` leaves those of \`${library}\` as they are`
    : 'no instrumentation of gRPC is active in this service';
}

/** A client of JavaScript's generated code takes an address and credentials; NestJS makes others of the name of a service. */
function checkClients({ file, service, report }: SourceContext): void {
  if (file.language === 'python' || file.language === 'go' || file.language === 'java') return;
  const gap = gapOf(service, 'grpc-js');
  if (gap === undefined) return;
  for (const call of file.syntax.calls) {
    if (!isClient(file, call)) continue;
    if (isExporters(call.at.text) || /interceptor/i.test(call.at.text)) continue;
    const receiver = receiverOf(file, call, { id: 'grpc-js', transport: 'grpc' });
    if (receiver === 'others') continue;
    report({
      at: call.calleeAt,
      ...judged(
        'grpc-js',
        'Calls of this gRPC client do not carry the trace context: no GrpcInstrumentation is registered in this service.',
        gap,
        doubtOf(file, call, 'grpc', receiver),
      ),
      anchor: { library: 'grpc-js', transport: 'grpc' },
    });
  }
}

function isClient(file: FileFacts, call: CallExpression): boolean {
  if (call.constructs) return call.arguments.length > 1 && hasCredentials(file, call);
  return call.callee === 'getService' && nestClient.test(file.names.callee(call) ?? '');
}

const nestClient = /^@nestjs\/microservices(?:\/[\w/-]+)?#ClientGrpc(?:Proxy)?\(\)\.getService$/;

function hasCredentials(file: FileFacts, { arguments: given, inFunction }: CallExpression): boolean {
  return given.slice(1).some(argument => {
    const value = file.names.resolve(argument, inFunction);
    return (
      value.type === 'call' &&
      /^@grpc\/grpc-js#(?:ChannelCredentials|credentials)\.create/.test(file.names.callee(value) ?? '')
    );
  });
}

function goFixes(file: FileFacts, call: CallExpression): Fix[] {
  const last = call.arguments.at(-1);
  if (last === undefined || call.argumentsAt === undefined) return [];
  // `opts...` takes no more options beside it, and a gateway takes them as one.
  if ((last.type === 'operation' && last.operator === '...') || targetIndex(call) > 1) return [];
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
