import type { FileFacts } from '../facts/fileFacts.ts';
import { sdkCalls } from '../facts/sdk/sdk.ts';
import type { CallExpression, Import } from '../facts/syntax.ts';
import { insert, lineBreak, removeStatement } from '../fixes/text.ts';
import type { Rule, SourceContext } from './rule.ts';

export const instrumentationLoadedLate: Rule = {
  id: 'SPL110',
  name: 'instrumentation-loaded-late',
  group: 'propagation',
  severity: 'warning',
  confidence: 'medium',
  languages: ['javascript', 'typescript', 'python'],
  fix: 'suggestion',
  docs: {
    what: 'Finds libraries that are loaded before the instrumentation that is to change them.',
    why: 'Instrumentations replace functions of a library when it is loaded. What has been loaded before keeps the old ones: no spans and no propagation, without a word.',
    examples: [
      {
        language: 'typescript',
        bad: "import express from 'express';\nimport './tracing';\n\nexpress().listen(8080);",
        good: "import './tracing';\nimport express from 'express';\n\nexpress().listen(8080);",
      },
      {
        language: 'python',
        bad: 'from flask import Flask\n\napp = Flask(__name__)\nFlaskInstrumentor().instrument()',
        good: 'from flask import Flask\n\napp = Flask(__name__)\nFlaskInstrumentor().instrument_app(app)',
      },
    ],
    notReported: [
      'Programs that are started with `--require`, `--import` or an agent.',
      'Libraries without an instrumentation in use, types, and what works late: `fetch`, undici and the modules of Node itself.',
    ],
    fix: 'Moves the import of the set-up before all others; in Python instruments the application that was made.',
    evidence:
      'A service whose own spans arrive and none of its instrumentations confirms it; a span of one of them refutes it.',
    references: [
      '[Node.js, getting started](https://opentelemetry.io/docs/languages/js/getting-started/nodejs/#instrumentation)',
      '[Flask instrumentation](https://opentelemetry-python-contrib.readthedocs.io/en/latest/instrumentation/flask/flask.html)',
    ],
  },
  check(context) {
    const { file, service } = context;
    if (file.language !== 'python') checkScript(context);
    else if (service.autoInstrumented !== 'active') checkPython(context);
  },
};

/**
 * Libraries whose functions are replaced when they are loaded → the instrumentation that does it, and the package that all
 * of Node's have of it; what set-ups load for their exporters, and what not all versions have, only counts by name.
 * Written 2026-11.
 */
const patched: readonly { readonly module: RegExp; readonly by: string; readonly package?: string }[] = [
  { module: /^express$/, by: 'ExpressInstrumentation', package: 'express' },
  { module: /^koa$/, by: 'KoaInstrumentation', package: 'koa' },
  { module: /^@hapi\/hapi$/, by: 'HapiInstrumentation', package: 'hapi' },
  { module: /^fastify$/, by: 'FastifyInstrumentation' },
  { module: /^restify$/, by: 'RestifyInstrumentation', package: 'restify' },
  { module: /^@nestjs\/core$/, by: 'NestInstrumentation', package: 'nestjs-core' },
  { module: /^(?:pg|pg-pool)$/, by: 'PgInstrumentation', package: 'pg' },
  { module: /^mysql$/, by: 'MySQLInstrumentation', package: 'mysql' },
  { module: /^mysql2(?:\/promise)?$/, by: 'MySQL2Instrumentation', package: 'mysql2' },
  { module: /^mongodb$/, by: 'MongoDBInstrumentation', package: 'mongodb' },
  { module: /^mongoose$/, by: 'MongooseInstrumentation', package: 'mongoose' },
  { module: /^(?:redis|@redis\/client)$/, by: 'RedisInstrumentation', package: 'redis' },
  { module: /^ioredis$/, by: 'IORedisInstrumentation', package: 'ioredis' },
  { module: /^kafkajs$/, by: 'KafkaJsInstrumentation', package: 'kafkajs' },
  { module: /^amqplib(?:\/callback_api)?$/, by: 'AmqplibInstrumentation', package: 'amqplib' },
  { module: /^@grpc\/grpc-js$/, by: 'GrpcInstrumentation' },
  { module: /^graphql$/, by: 'GraphQLInstrumentation', package: 'graphql' },
  { module: /^knex$/, by: 'KnexInstrumentation', package: 'knex' },
];

function checkScript({ file, service, project, report }: SourceContext): void {
  const { imports, source } = file.syntax;
  const loads = imports.filter(each => !each.typeOnly && !each.late);
  const early = loads.filter(each => {
    const library = patched.find(({ module }) => module.test(each.module));
    return (
      library !== undefined &&
      service.instruments(library.by, library.package && `@opentelemetry/instrumentation-${library.package}`)
    );
  });
  if (early.length === 0 || service.preloads) return;
  const setUp = loads.find(each => setsUp(file, each));
  if (setUp !== undefined) {
    const first = early.find(each => each.at.start < setUp.at.start && isUsedBeyondTypes(source, each));
    if (first === undefined) return;
    report({
      at: first.statementAt,
      message: `${first.module} is loaded before ${setUp.module}, which instruments it: it keeps its own functions, and makes no spans.`,
      fixes: [
        {
          title: `Import ${setUp.module} first`,
          kind: 'suggestion',
          edits: moved(file, setUp, loads[0]),
        },
      ],
    });
    return;
  }
  const [started] = sdkCalls(file, 'sdk', 'autoInstrumentation', 'instrumentation');
  // `require`, and what compilers write of imports, runs where it stands.
  const late = early.find(
    each => each.at.start < (started?.call.at.start ?? 0) && isUsedBeyondTypes(source, each),
  );
  if (late === undefined || project.summary(file.path) === undefined) return;
  report({
    at: late.statementAt,
    message: `${late.module} is loaded before this file sets up its instrumentation: it keeps its own functions, and makes no spans. Set up the SDK in a file of its own, and load that first.`,
  });
}

/** An import, for its effects only, of a file of the project that sets up an SDK; who wants a tracer of it need not be first. */
function setsUp({ path, project }: FileFacts, { module, local }: Import): boolean {
  if (local !== '' || !module.startsWith('.')) return false;
  const extensions = ['.ts', '.js', '.mjs', '.cjs', '/index.ts', '/index.js', ''];
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const base = joined(folder, module.replace(/\.(?:[cm]?js|ts)$/, ''));
  if (base === undefined) return false;
  const summary = extensions
    .map(extension => project.summary(base + extension))
    .find(each => each !== undefined);
  if (summary === undefined) return false;
  const provides = (kind: string) => summary.evidence.some(each => each.kind === kind);
  return provides('provider') && (provides('instrumentation') || provides('autoInstrumentation'));
}

/** `src/` and `../otel` → `otel`. */
function joined(folder: string, module: string): string | undefined {
  if (!module.startsWith('.')) return undefined;
  const segments = folder.split('/').filter(each => each !== '');
  for (const segment of module.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '.') segments.push(segment);
  }
  return segments.join('/');
}

function moved({ syntax: { source } }: FileFacts, setUp: Import, first: Import) {
  return [
    insert(first.statementAt.start, setUp.statementAt.text + lineBreak(source)),
    removeStatement(source, setUp.statementAt),
  ];
}

function isUsedBeyondTypes(source: string, { local, statementAt }: Import): boolean {
  if (local === '') return true;
  const rest = source.slice(0, statementAt.start) + source.slice(statementAt.end);
  return new RegExp(String.raw`\b${local.replaceAll('$', '\\$')}\s*[.(]`).test(rest);
}

/** Frameworks whose application class is replaced → the instrumentor that does it. */
const applications: { readonly [name: string]: string | undefined } = {
  'flask.Flask': 'FlaskInstrumentor',
  'fastapi.FastAPI': 'FastAPIInstrumentor',
  'starlette.applications.Starlette': 'StarletteInstrumentor',
};

/** The class was imported by name before it was replaced: the application is made of the old one. */
function checkPython({ file, report }: SourceContext): void {
  const { calls, imports } = file.syntax;
  for (const call of calls) {
    const instrumentor = /(?:^|\.)(\w+Instrumentor)\(\)\.instrument$/.exec(
      file.names.callee(call) ?? '',
    )?.[1];
    if (call.callee !== 'instrument' || instrumentor === undefined) continue;
    const made = calls.find(each => applications[file.names.callee(each) ?? ''] === instrumentor);
    const framework = Object.keys(applications).find(name => applications[name] === instrumentor);
    if (made === undefined || framework === undefined || call.named.has('app')) continue;
    // `import flask` and `flask.Flask()` looks the class up when it is called.
    const byName = imports.some(each => !each.late && `${each.module}.${each.name}` === framework);
    if (!byName && made.at.start > call.at.start) continue;
    if (calls.some(each => each.callee === 'instrument_app')) continue;
    report({
      at: call.calleeAt,
      message: `${framework.split('.').at(-1)} is imported before this replaces it: the application is not instrumented.`,
      fixes: applicationFix(file, call, made),
    });
  }
}

function applicationFix(file: FileFacts, call: CallExpression, made: CallExpression) {
  const bound = file.syntax.body.find(
    statement => statement.type === 'bind' && statement.values.length === 1 && statement.values[0] === made,
  );
  const name = bound?.type === 'bind' ? bound.targets[0]?.path : undefined;
  if (name === undefined || name === '' || call.at.start < made.at.start || call.argumentsAt === undefined)
    return [];
  const rest = call.argumentsAt.text.slice(1);
  return [
    {
      title: `Instrument ${name}`,
      kind: 'unsafe' as const,
      edits: [
        {
          start: call.calleeAt.start,
          end: call.argumentsAt.end,
          newText: `instrument_app(${name}${rest === ')' ? '' : ', '}${rest}`,
        },
      ],
    },
  ];
}
