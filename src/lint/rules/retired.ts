import { groupedBy } from '../../base/groups.ts';
import { compareVersions } from '../../semconv/constants.ts';
import { statementsAround } from '../facts/bindings.ts';
import { isExampleOfPackage } from '../facts/examples.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import type { CallExpression, Import } from '../facts/syntax.ts';
import { contains } from '../facts/walk.ts';
import { importNames } from '../fixes/imports.ts';
import { removeElement, removeMember, replace } from '../fixes/text.ts';
import { ecosystems } from '../project/layout.ts';
import type { ConfigDependency } from '../project/types.ts';
import table from './data/retired.json';
import type { ConfigurationContext, Edit, Fix, Report, SourceContext } from './rule.ts';

/**
 * A package, export or component that is gone or going. The table is data, so that it can grow without code; dates and
 * versions are those of the changelogs of the OpenTelemetry repositories.
 */
export interface Retired {
  readonly rule: string;
  readonly ecosystem: ConfigDependency['ecosystem'] | 'collector';
  /** As it is imported; everything below it as well. Of a collector: section and type. */
  readonly module: string;
  /** As manifests name it, or how such names begin (`opentelemetry-ext-`); default: the module. */
  readonly package?: string;
  /** Only this export of the module. */
  readonly name?: string;
  /** Only where it is called with `new`. */
  readonly constructed?: boolean;
  /** A method that the package adds to others: .NET's extensions. */
  readonly call?: string;
  readonly severity?: Report['severity'];
  readonly why: string;
  readonly instead: string;
  /** What replaces exports that are about metrics, where another package than `instead` does. */
  readonly forMetrics?: string;
  /** Only from this version of a dependency on. */
  readonly atLeast?: { readonly package: string; readonly version: string };
  /** Of a collector: the version that no longer has it, and the first with what replaces it. */
  readonly removedIn?: string;
  readonly insteadSince?: string;
  /** The module can be replaced by `instead`, with these names changed. */
  readonly names?: { readonly [old: string]: string | undefined };
  readonly fix?: string;
}

const retired: readonly Retired[] = table as readonly Retired[];

/** Reports imports and calls of what the rule's rows of the table name. */
export function checkRetired(
  rule: string,
  { file, service, report }: SourceContext,
  fixesOf: (row: Retired, imported: Import) => readonly Fix[] = () => [],
): void {
  const rows = retired.filter(row => row.rule === rule && row.ecosystem === ecosystems[file.language]);
  const severity = isExampleOfPackage(file) ? 'info' : undefined;
  for (const row of rows) {
    const version = row.atLeast === undefined ? undefined : service.dependencies.get(row.atLeast.package);
    // A version that nothing tells is most likely a new one, unless all is listed where it is used.
    const isTold = version !== undefined || file.language !== 'go';
    if (row.atLeast !== undefined && isTold && !isAtLeast(version, row.atLeast.version)) continue;
    const called = row.call ?? row.name;
    if (called !== undefined) {
      for (const call of file.get(callsByName).get(called) ?? [])
        if (isCallOf(file, call, row))
          report({
            ...reportOf(row, call.calleeAt, call.callee, severity),
            fixes: callFixes(file, call, row),
          });
      continue;
    }
    // The package itself.
    if (file.path.includes(row.module.replaceAll('.', '/').replace(/^@/, ''))) continue;
    for (const each of file.syntax.imports) {
      if (!isBelow(each.module, row.module, rows)) continue;
      const instead = successorOf(row, each.name);
      report({
        // A declaration of Go imports many.
        ...reportOf(
          { ...row, instead },
          file.language === 'go' ? each.at : each.statementAt,
          each.module,
          mayBeMissing(file, each) ? 'info' : severity,
        ),
        fixes: row.names === undefined ? fixesOf(row, each) : renamed(file, each, row),
      });
    }
  }
}

/** Reports dependencies and collector components that the rule's rows of the table name. */
export function checkRetiredConfiguration(rule: string, context: ConfigurationContext): void {
  const { config, project, report } = context;
  const severity = isExampleOfPackage({ path: config.path, project }) ? 'info' : undefined;
  const used = config.components.length === 0 ? undefined : project.collectorVersion(config.path);
  for (const row of retired.filter(each => each.rule === rule)) {
    if (row.ecosystem === 'collector') {
      const { removedIn, insteadSince } = row;
      const isBefore = (version: string | undefined) =>
        used !== undefined && version !== undefined && !isAtLeast(used, version);
      if (isBefore(insteadSince)) continue;
      for (const { section, name, at } of config.components)
        if (row.module === `${section}/${name.split('/')[0]}`)
          report(
            reportOf(row, at, `${section.slice(0, -1)} ${name}`, isBefore(removedIn) ? 'info' : severity),
          );
      continue;
    }
    // A manifest of Go lists what others need as well: only what is imported counts.
    if (row.ecosystem === 'go' || row.name !== undefined || row.call === 'AddOpenTelemetryTracing') continue;
    for (const dependency of config.dependencies) {
      const { ecosystem, name, nameAt, dev, byOthers } = dependency;
      if (ecosystem !== row.ecosystem || !isPackageOf(row, name)) continue;
      const isMilder = dev || byOthers === true;
      if (!isMilder && isUnused(dependency, context)) report(unusedReport(dependency, config.source));
      else report(reportOf(row, nameAt, name, isMilder ? 'info' : severity));
    }
  }
}

/** Of npm, where nothing else than code takes a package up, but for the plugins that the first SDK looked for itself. */
function isUnused({ ecosystem, name }: ConfigDependency, { config, project }: ConfigurationContext): boolean {
  const isLoadedItself =
    name.startsWith('@opentelemetry/plugin-') &&
    config.dependencies.some(other => other.name === '@opentelemetry/node');
  return ecosystem === 'npm' && !isLoadedItself && project.isImported(config.path, name) === false;
}

function unusedReport({ name, nameAt, at }: ConfigDependency, source: string): Report {
  return {
    at: nameAt,
    message: `${name} is outdated, and nothing here imports it. It can most likely be removed.`,
    severity: 'info',
    group: `${name} unused`,
    fixes: [{ title: `Remove ${name}`, kind: 'unsafe', edits: [removeMember(source, at)] }],
  };
}

/** A package that ends in `-` is all that begin so. */
function isPackageOf({ package: id, module }: Retired, name: string): boolean {
  return id?.endsWith('-') === true ? name.startsWith(id) : name === (id ?? module);
}

/**
 * `try { require('…') } catch {}`, or in the handler where the new one is missing: for those who still have it; not
 * where all of tracing may be missing.
 */
function mayBeMissing({ syntax }: FileFacts, { statementAt }: Import): boolean {
  if (!/\btry\b/.test(syntax.source)) return false;
  const around = syntax.functions.findLast(({ at }) => contains(at, statementAt));
  for (const each of statementsAround(around?.body ?? syntax.body, statementAt)) {
    if (each.type !== 'try' || each.handlers.length === 0) continue;
    const tried = { start: each.at.start, end: each.handlers[0].at.start };
    if (!contains(tried, statementAt)) return each.handlers.some(({ at }) => contains(at, statementAt));
    return !syntax.imports.some(
      other =>
        other.statementAt.start !== statementAt.start &&
        contains(tried, other.statementAt) &&
        /opentelemetry/.test(other.module),
    );
  }
  return false;
}

/** @param milder where it matters less than the row says */
function reportOf(
  row: Retired,
  at: { readonly start: number; readonly end: number },
  what: string,
  milder?: Report['severity'],
): Report {
  const { why, instead, module } = row;
  const severity = milder ?? row.severity;
  const ending =
    /[)a-z]$/i.test(why) && / in$| of$/.test(why) ? `${why} ${instead}` : `${why}. Use ${instead}`;
  return {
    at,
    message: `${what} is outdated: ${ending}.`,
    severity,
    group: `${row.package ?? row.name ?? module} ${instead}`,
  };
}

function callsByName({ syntax }: FileFacts): ReadonlyMap<string, readonly CallExpression[]> {
  return groupedBy(syntax.calls, ({ callee }) => callee);
}

/** Of a call that has the name. */
function isCallOf(
  file: FileFacts,
  call: CallExpression,
  { call: method, module, name, constructed, package: id, instead }: Retired,
): boolean {
  if (method !== undefined) return id === undefined || file.importsOpenTelemetry;
  if (constructed === true && !call.constructs) return false;
  return file.names.callee(call) === `${module}#${name}` && !asksForSuccessor(file, call, instead);
}

/** The same namespace is asked for the successor: the code is written for versions with and without it. */
function asksForSuccessor({ syntax }: FileFacts, { receiver }: CallExpression, instead: string): boolean {
  return receiver !== undefined && syntax.source.includes(`${receiver.at.text}.${instead}`);
}

/** The row with the longest module counts. */
function isBelow(module: string, base: string, rows: readonly Retired[]): boolean {
  const covers = (each: string) =>
    module === each || module.startsWith(`${each}/`) || module.startsWith(`${each}.`);
  return (
    covers(base) &&
    !rows.some(row => row.module.length > base.length && row.name === undefined && covers(row.module))
  );
}

function isAtLeast(version: string | undefined, least: string): boolean {
  const plain = /\d+(?:\.\d+)*/.exec(version ?? '')?.[0];
  return plain !== undefined && compareVersions(plain, least) >= 0;
}

function successorOf({ instead, forMetrics }: Retired, name: string): string {
  return forMetrics !== undefined && /Metric/.test(name) ? forMetrics : instead;
}

/** Imports the successor instead, under its new names. */
function renamed(file: FileFacts, imported: Import, row: Retired): Fix[] {
  const { module, names = {} } = row;
  const { statementAt, name, local } = imported;
  const instead = successorOf(row, name);
  const beside = file.syntax.imports.filter(each => each.statementAt.start === statementAt.start);
  if (beside.some(each => successorOf(row, each.name) !== instead)) return [];
  const offset = statementAt.text.indexOf(module);
  if (offset < 0 || /^[^\w@]|[^\w/@.-]/.test(instead)) return [];
  const edits: Edit[] = [replaceWithin(statementAt, module, instead)];
  const newName = names[name];
  // It has more than what is known to have a successor.
  if (newName === undefined && Object.keys(names).length > 0) return [];
  if (newName !== undefined) {
    edits.push(replaceWithin(statementAt, name, newName));
    if (local === name)
      for (const call of file.syntax.calls)
        if (call.callee === name && file.names.callee(call) === `${module}#${name}`)
          edits.push(replace(call.calleeAt, newName));
  }
  return [{ title: `Use ${instead}`, kind: 'unsafe', edits }];
}

function replaceWithin(
  at: { readonly start: number; readonly text: string },
  old: string,
  newText: string,
): Edit {
  const start = at.start + at.text.indexOf(old);
  return { start, end: start + old.length, newText };
}

function callFixes(file: FileFacts, call: CallExpression, { fix, module }: Retired): Fix[] {
  switch (fix) {
    case 'construct': {
      const [{ local, edits }] = importNames(file, [{ module, name: 'resourceFromAttributes' }]);
      const made = replace({ start: call.at.start, end: call.calleeAt.end }, local);
      return [{ title: `Use ${local}`, kind: 'safe', edits: [made, ...edits] }];
    }
    case 'noop': {
      const [{ local, edits }] = importNames(file, [
        { module: 'go.opentelemetry.io/otel/trace/noop', name: '*' },
      ]);
      const made = replace({ start: call.at.start, end: call.calleeAt.end }, `${local}.NewTracerProvider`);
      return [{ title: 'Use the noop package', kind: 'safe', edits: [made, ...edits] }];
    }
    case 'interceptor':
      return interceptorFixes(file, call);
    default:
      return [];
  }
}

/** The handler serves unary calls and streams: where both interceptors are given, one option is enough. */
function interceptorFixes(file: FileFacts, call: CallExpression): Fix[] {
  const option = file.syntax.calls.find(
    each =>
      /^(?:With)?(?:Unary|Stream)(?:Server)?Interceptor$/.test(each.callee) &&
      each.arguments.length === 1 &&
      each.arguments[0] === call,
  );
  if (option?.receiver === undefined || call.receiver === undefined) return [];
  const client = /Client/.test(call.callee);
  const list = file.syntax.calls.find(each => each.arguments.includes(option));
  const handled = list?.arguments.some(
    each =>
      each !== option &&
      each.type === 'call' &&
      (/StatsHandler$/.test(each.callee) ||
        (/Stream/.test(call.callee) &&
          /UnaryInterceptor$/.test(each.callee) &&
          /otelgrpc/.test(each.at.text))),
  );
  if (handled === true)
    return [
      {
        title: 'Remove the interceptor',
        kind: 'unsafe',
        edits: [removeElement(file.syntax.source, option.at)],
      },
    ];
  const [grpc, otelgrpc] = [option.receiver.at.text, call.receiver.at.text];
  const handler = client
    ? `${grpc}.WithStatsHandler(${otelgrpc}.NewClientHandler(`
    : `${grpc}.StatsHandler(${otelgrpc}.NewServerHandler(`;
  const given = call.arguments.map(each => each.at.text).join(', ');
  return [
    { title: 'Use the stats handler', kind: 'unsafe', edits: [replace(option.at, `${handler}${given}))`)] },
  ];
}
