import { isConditional } from '../facts/conditions.ts';
import { isExampleOfPackage } from '../facts/examples.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { partsOf, type SdkCall, sdkCalls } from '../facts/sdk/sdk.ts';
import { importNames } from '../fixes/imports.ts';
import { replace } from '../fixes/text.ts';
import type { Fix, Rule } from './rule.ts';

export const simpleSpanProcessor: Rule = {
  id: 'SPL506',
  name: 'simple-span-processor',
  group: 'sdk',
  severity: 'info',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  fix: 'safe',
  docs: {
    what: 'Finds exporters to the network behind a processor that exports each span on its own.',
    why: 'Every span that ends makes a request of its own; in Python, Go, Java and .NET the program waits for it. Requests get slower for being traced.',
    examples: [
      {
        language: 'go',
        bad: 'exporter, err := otlptracehttp.New(ctx)\nprovider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))',
        good: 'exporter, err := otlptracehttp.New(ctx)\nprovider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))',
      },
      {
        language: 'typescript',
        bad: 'new SimpleSpanProcessor(new OTLPTraceExporter())',
        good: 'new BatchSpanProcessor(new OTLPTraceExporter())',
      },
    ],
    notReported: [
      'Exporters to the console or to memory, and those that are made elsewhere.',
      'Functions of AWS Lambda and the like, that are frozen after each call.',
      'A branch of a condition: development and production may differ.',
      'Examples of packages that are published: short programs that lose nothing when they end.',
    ],
    fix: 'Batches: the same spans arrive, up to five seconds later.',
    references: [
      '[Built-in span processors](https://opentelemetry.io/docs/specs/otel/trace/sdk/#built-in-span-processors)',
    ],
  },
  check({ file, service, report }) {
    if ([...service.dependencies.keys()].some(each => /lambda|functions-framework|cloudflare/i.test(each)))
      return;
    if (/\blambda\b/i.test(file.syntax.source) || isExampleOfPackage(file)) return;
    for (const processor of sdkCalls(file, 'processor')) {
      if (!/Simple|WithSyncer/.test(processor.name)) continue;
      const exporters = partsOf(file, processor.call, 'exporter');
      if (!exporters.some(isToNetwork) || isConditional(file, processor.call)) continue;
      report({
        at: processor.call.calleeAt,
        message: `${processor.name} exports each span in a request of its own; batch what goes over the network.`,
        fixes: fixesOf(file, processor),
      });
    }
  },
};

function isToNetwork({ qualifiedName }: SdkCall): boolean {
  return /otlp|jaeger|zipkin/i.test(qualifiedName);
}

function fixesOf(file: FileFacts, { call, qualifiedName }: SdkCall): Fix[] {
  const title = 'Export in batches';
  if (file.language === 'go') {
    const name = call.callee === 'WithSyncer' ? 'WithBatcher' : 'NewBatchSpanProcessor';
    return [{ title, kind: 'safe', edits: [replace(call.calleeAt, name)] }];
  }
  if (file.language === 'java' || file.language === 'csharp' || call.arguments.length !== 1) return [];
  if (call.receiver !== undefined)
    return [{ title, kind: 'safe', edits: [replace(call.calleeAt, 'BatchSpanProcessor')] }];
  const module = /^(.+)[#.]SimpleSpanProcessor$/.exec(qualifiedName)?.[1];
  if (module === undefined) return [];
  const [{ local, edits }] = importNames(file, [{ module, name: 'BatchSpanProcessor' }]);
  return [{ title, kind: 'safe', edits: [replace(call.calleeAt, local), ...edits] }];
}
