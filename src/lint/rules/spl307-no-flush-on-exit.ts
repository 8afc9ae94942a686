import { statementOf, variableOf } from '../facts/bindings.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { type SdkCall, sdkCalls } from '../facts/sdk/sdk.ts';
import type { CallExpression, Extent } from '../facts/syntax.ts';
import { importNames } from '../fixes/imports.ts';
import { insertLinesAfter, insertLinesBefore } from '../fixes/text.ts';
import type { Fix, Rule } from './rule.ts';

export const noFlushOnExit: Rule = {
  id: 'SPL307',
  name: 'no-flush-on-exit',
  group: 'lifecycle',
  severity: 'info',
  confidence: 'medium',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  fix: 'unsafe',
  docs: {
    what: 'Finds programs that set up tracing and come to their end without having the last spans sent.',
    why: 'Spans wait in a batch, by default up to five seconds. A program that is done earlier, or exits at once, takes its last spans with it; of a short one that is all of them.',
    examples: [
      {
        language: 'go',
        bad: 'package main\n\nimport (\n\t"go.opentelemetry.io/otel"\n\tsdktrace "go.opentelemetry.io/otel/sdk/trace"\n)\n\nfunc main() {\n\ttp := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))\n\totel.SetTracerProvider(tp)\n\twork()\n}',
        good: 'package main\n\nimport (\n\t"context"\n\n\t"go.opentelemetry.io/otel"\n\tsdktrace "go.opentelemetry.io/otel/sdk/trace"\n)\n\nfunc main() {\n\ttp := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))\n\tdefer func() { _ = tp.Shutdown(context.Background()) }()\n\totel.SetTracerProvider(tp)\n\twork()\n}',
      },
      {
        language: 'typescript',
        bad: "import { NodeSDK } from '@opentelemetry/sdk-node';\n\nconst sdk = new NodeSDK();\nsdk.start();\nawait work();\nprocess.exit(0);",
        good: "import { NodeSDK } from '@opentelemetry/sdk-node';\n\nconst sdk = new NodeSDK();\nsdk.start();\nawait work();\nawait sdk.shutdown();\nprocess.exit(0);",
      },
    ],
    notReported: [
      'Files that say `shutdown`, `flush` or `dispose` anywhere, and providers that others get.',
      'Programs that end in another file than the one that sets the SDK up: only that one is looked at.',
      'Servers: they run until they are told to stop.',
      'Python, which flushes at exit by itself, unless that is turned off or it exits with `os._exit`.',
    ],
    fix: 'Shuts the SDK down where the program ends; it waits for the last request.',
    references: ['[Tracer provider, Shutdown](https://opentelemetry.io/docs/specs/otel/trace/sdk/#shutdown)'],
  },
  check({ file, report }) {
    if (flushes.test(file.syntax.source) || servers.test(file.syntax.source)) return;
    const [made] = sdkCalls(file, 'sdk', 'tracerProvider').filter(({ call }) => !isGivenAway(file, call));
    if (made === undefined) return;
    const exit = exitOf(file, made);
    if (exit === undefined) return;
    report({
      at: made.call.calleeAt,
      message: `The program ends without a shutdown of ${made.name}: spans that still wait in a batch are lost.`,
      fixes: fixesOf(file, made, exit),
      related: exit.at === undefined ? [] : [{ at: exit.at, message: 'the program ends here' }],
    });
  },
};

const flushes = /shut_?down|flush|dispose|StopAgent|simplespanprocessor|with_?syncer|\busing var\b/i;
const servers =
  /\blisten\w*\(|ListenAndServe|\bServe\(|createServer|serveHTTP|NewServer|signal\.Notify|NotifyContext|uvicorn|app\.run\(|WebApplication|SpringApplication|createApp|NestFactory|fastify|express\(|new Hono|http\.Server|grpc\.server|select\s*\{\s*\}|setInterval|\.consume\(|\.Run\(ctx|IHost\b|HostApplication|Bun\.serve|Deno\.serve/i;

interface Exit {
  /** The call that ends the program; absent where it comes to the end of `main`. */
  readonly call: CallExpression | undefined;
  readonly at: Extent | undefined;
}

function exitOf(file: FileFacts, { call }: SdkCall): Exit | undefined {
  const { calls } = file.syntax;
  const called = (receiver: RegExp, callee: RegExp) =>
    calls.find(
      each =>
        callee.test(each.callee) &&
        each.receiver?.type === 'reference' &&
        receiver.test(each.receiver.path) &&
        each.at.start > call.at.start,
    );
  switch (file.language) {
    case 'go':
    case 'java':
    case 'csharp': {
      const main = call.inFunction;
      return main !== undefined && /^[mM]ain$/.test(main.name)
        ? { call: undefined, at: undefined }
        : undefined;
    }
    case 'python': {
      const exit = called(/^os$/, /^_exit$/);
      if (exit !== undefined) return { call: exit, at: exit.at };
      const kept = call.named.get('shutdown_on_exit');
      return kept?.type === 'constant' && kept.value === false ? { call: undefined, at: kept.at } : undefined;
    }
    default: {
      const exit = called(/^process$/, /^exit$/);
      // One in a handler or a branch is for when all is lost.
      const statement = exit === undefined ? undefined : statementOf(file, exit);
      const list = exit?.inFunction?.body ?? file.syntax.body;
      return exit !== undefined && statement !== undefined && list.includes(statement)
        ? { call: exit, at: exit.at }
        : undefined;
    }
  }
}

/** It is returned, exported or an argument, or is what shuts down itself: `defer stop()`. */
function isGivenAway(file: FileFacts, call: CallExpression): boolean {
  const statement = statementOf(file, call);
  const variable = variableOf(file, call);
  if (statement?.type !== 'bind' || variable === undefined) return statement?.type !== 'expression';
  return (
    variable.includes('.') ||
    /^export\b/.test(statement.at.text) ||
    [...file.syntax.exports.values()].includes(variable) ||
    file.syntax.calls.some(({ callee, receiver }) => callee === variable && receiver === undefined)
  );
}

function fixesOf(file: FileFacts, { call }: SdkCall, exit: Exit): Fix[] {
  const variable = variableOf(file, call);
  const statement = statementOf(file, call);
  if (variable === undefined || statement === undefined) return [];
  const title = 'Shut the SDK down at the end';
  const { source } = file.syntax;
  if (file.language === 'go') {
    const [{ local, edits }] = importNames(file, [{ module: 'context', name: '*' }]);
    const line = `defer func() { _ = ${variable}.Shutdown(${local}.Background()) }()`;
    return [{ title, kind: 'unsafe', edits: [insertLinesAfter(source, statement.at, [line]), ...edits] }];
  }
  if (exit.call === undefined || file.language === 'python') return [];
  const { inFunction } = exit.call;
  const last = statementOf(file, exit.call);
  if (last === undefined || (inFunction !== undefined && !inFunction.async)) return [];
  if (inFunction === undefined && !/^\s*import\b/m.test(source)) return [];
  return [
    { title, kind: 'unsafe', edits: [insertLinesBefore(source, last.at, [`await ${variable}.shutdown();`])] },
  ];
}
