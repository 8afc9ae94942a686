import type { ConfigFacts, FileClass, FileTraits } from './types.ts';

const vendored =
  /(?:^|\/)(?:vendor|vendored|_vendor|third[_-]?party|node_modules|bower_components|site-packages|external_libs?)\//;
const generated =
  /(?:\.pb(?:\.\w+)?\.(?:go|ts|js|cc|h)|_pb2(?:_grpc)?\.pyi?|_(?:grpc_)?pb\.(?:js|ts|d\.ts)|\.(?:gen|generated|g)\.\w+|[._]gen(?:erated)?\.(?:go|ts|py)|\.designer\.cs)$|(?:^|\/)(?:zz_generated[^/]*|generated|__generated__|genproto)(?:\/|$)/i;
const minified = /[.-](?:min|bundle|prod)\.[cm]?js$/;
const declarations = /\.d\.[cm]?ts$|\.pyi$/;
/** Programs for the developers: nothing of them is in a trace. */
const tests =
  /(?:^|\/)(?:tests?(?:_\w+)?|[\w-]+[-_]tests|__tests__|__mocks__|__e2e__|e2e(?:[-_][\w-]+)?|specs?|fixtures?|testdata|test[-_]?utils?|testing|mocks?|cypress|playwright|integration[-_]test|benchmarks?|benches|bench|jmh|scripts|hack)\//i;
const testFile =
  /(?:_test\.(?:go|py)|[._-](?:(?:client|server|unit|integration)?tests?|spec|specs|e2e|e2e-spec|cy|stories|bench)\.[cm]?[jt]sx?|(?:^|[/._-])testing\.(?:[cm]?[jt]sx?|py)|(?:Test|Tests|IT|Spec)\.(?:java|cs)|(?:^|\/)(?:test_[^/]*|conftest|tests?|seed(?:[-_.][^/]*)?)\.(?:py|[cm]?[jt]sx?)|(?:vitest|jest|playwright|cypress|karma)\.[\w.]+)$|\.Tests?\//;

/** What a path says, and what its text said when it was read. */
export function classifyFile(
  path: string,
  traits: FileTraits | undefined,
  ofPackage: { readonly instruments: boolean; readonly side: FileClass['side'] },
  isModule: (path: string) => boolean = () => false,
): FileClass {
  return {
    kind: kindOf(withoutScripts(path, isModule), traits),
    instrumentationLibrary: (traits?.instruments ?? false) || ofPackage.instruments,
    side: traits === undefined || traits.side === 'unknown' ? ofPackage.side : traits.side,
  };
}

/** `shop/scripts/restock.py`, where both are packages of Python: part of the program. */
function withoutScripts(path: string, isModule: (path: string) => boolean): string {
  const [, folder, rest] = /^(.+)\/scripts\/(.+\.py)$/.exec(path) ?? [];
  if (folder === undefined || !isModule(`${folder}/scripts/__init__.py`)) return path;
  return isModule(`${folder}/__init__.py`) ? `${folder}/${rest}` : path;
}

/** A person writes shorter lines, on average. */
const minifiedLineLength = 300;

/** Whether a bundler has pressed the source together; such files are not read at all. */
export function isMinified(source: string): boolean {
  if (source.length < 2_000) return false;
  let missing = Math.ceil(source.length / minifiedLineLength) - 1;
  for (let at = source.indexOf('\n'); at >= 0 && missing > 0; at = source.indexOf('\n', at + 1)) missing--;
  return missing > 0;
}

export function kindOf(path: string, traits: FileTraits | undefined): FileClass['kind'] {
  if (declarations.test(path)) return 'declarations';
  if (vendored.test(path)) return 'vendored';
  if (minified.test(path)) return 'minified';
  if (generated.test(path) || traits?.generated === true) return 'generated';
  const isTest = tests.test(path) || testFile.test(path) || traits?.tests === true;
  return isTest ? 'test' : 'application';
}

const browserPackage =
  /^(?:react-dom|vue|svelte|@angular\/core|preact|solid-js|lit|ember-source|react-native|expo|@opentelemetry\/sdk-trace-web)$/;
const serverPackage =
  /^(?:next|nuxt|astro|express|fastify|koa|hono|kafkajs|pg|ioredis|redis|mongoose|@hapi\/hapi|@nestjs\/core|@remix-run\/\w+|@react-router\/(?:node|serve)|@sveltejs\/kit|@apollo\/server|@prisma\/client|@grpc\/grpc-js|@opentelemetry\/(?:sdk-node|sdk-trace-node|auto-instrumentations-node))$/;

/** Where the JavaScript of a package runs, by what it depends on. */
export function sideOfPackage(manifests: readonly ConfigFacts[]): FileClass['side'] {
  const names = manifests.flatMap(({ dependencies }) => dependencies.map(({ name }) => name));
  const browser = names.some(name => browserPackage.test(name));
  if (!browser) return 'server';
  return names.some(name => serverPackage.test(name)) ? 'unknown' : 'browser';
}
