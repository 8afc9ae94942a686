import type { CodeEvidence, FileSummary, FunctionSummary } from '../project/types.ts';
import { forwards } from './clients/forwards.ts';
import { clientsInFields, transportGiven } from './clients/goClients.ts';
import { dialCarrying } from './clients/grpcClients.ts';
import { peerEvidence } from './clients/peers.ts';
import type { FileFacts } from './fileFacts.ts';
import { carriers } from './propagation/carriers.ts';
import { propagationEvidence } from './propagation/propagationEvidence.ts';
import { returnsOf } from './returns.ts';
import { mentioned, sdkEvidence } from './sdk/sdkEvidence.ts';
import { spanGivers } from './spans/spanGivers.ts';
import { wrapsParameter } from './spans/spanHandles.ts';
import { releasedNames } from './spans/spanKeeping.ts';
import { partsTaken, spansInside } from './spans/spanParts.ts';
import { spanFactories } from './spans/spanStarts.ts';
import { spanTakers } from './spans/spansRemoved.ts';
import { isAbstract, isCalledSpan, mayBeEnded, type SpanPlace, usesOfSpan } from './spans/spanUses.ts';
import { type FunctionSyntax, isScript, type LanguageId, type SyntaxUnit, staticText } from './syntax.ts';
import { areForTests, fileTraits, isGenerated, isProgram } from './traits.ts';
import { bodiesOf, within } from './walk.ts';

/** More exported values than this are a table, not clients and tracers. */
const maxValues = 300;

/** What the other files of the project need to know about a file. Nothing in it holds on to the file's syntax. */
export function summarize(file: FileFacts): FileSummary {
  const { path, language, syntax } = file;
  return {
    path,
    language,
    packageName: syntax.packageName,
    modules: modulesOf(file),
    exports: exportsOf(file),
    traits: fileTraits(file),
    functions: functionsOf(file),
    releases: [...releasedNames(file), ...spanTakers(file)],
    values: valuesOf(file),
    embedded: embeddedIn(file),
    evidence: [
      ...sdkEvidence(file),
      ...propagationEvidence(file),
      ...peerEvidence(file),
      ...requirementsOf(file),
      ...mentioned(syntax.source),
    ].map(each => ({ ...each, at: { start: each.at.start, end: each.at.end } })),
  };
}

const imports: { readonly [language in LanguageId]?: RegExp } = {
  python: /^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+\(?[ \t]*(\w+)?|import[ \t]+([\w.]+))/gm,
  go: /^(?:import)?[ \t]*(?:[\w.]+[ \t]+)?"([\w./-]+)"[ \t]*$/gm,
};
const scriptImports = /(?:\bfrom|\bimport|\brequire\()[ \t]*\(?[ \t]*['"]([^'"\n]+)['"]/g;

/** What can be said of a file that is not worth parsing: whom it imports. Others are reached through it. */
export function summarizeImports(path: string, language: LanguageId, source: string): FileSummary {
  const pattern = isScript(language) ? scriptImports : imports[language];
  const modules = new Set<string>();
  for (const [, first, name, third] of pattern === undefined ? [] : source.matchAll(pattern)) {
    const module = first ?? third;
    modules.add(module);
    if (name !== undefined) modules.add(module.endsWith('.') ? module + name : `${module}.${name}`);
  }
  return {
    path,
    language,
    packageName: '',
    modules: [...modules],
    exports: new Map(),
    traits: {
      generated: isGenerated(source),
      program: isProgram(source, language),
      tests: areForTests([...modules]),
      instruments: false,
      side: 'unknown',
      wrapsTracers: false,
      wrapsSpans: false,
      takesSpans: false,
    },
    functions: [],
    releases: [],
    values: new Map(),
    embedded: new Map(),
    evidence: mentioned(source),
  };
}

function modulesOf({ language, syntax }: FileFacts): string[] {
  const modules = new Set<string>();
  for (const { module, name, typeOnly } of syntax.imports) {
    if (typeOnly) continue;
    modules.add(module);
    if (language === 'python' && name !== '*' && name !== '')
      modules.add(/^\.+$/.test(module) ? module + name : `${module}.${name}`);
  }
  if (language === 'python')
    for (const folder of foldersAdded(syntax.source))
      for (const module of [...modules]) if (!module.startsWith('.')) modules.add(folder + module);
  return [...modules];
}

/** Folders that a file of Python puts on the path of modules, as relative imports begin: `..common.` of `../common`. */
function foldersAdded(source: string): string[] {
  if (!/\bsys\.path\.(?:insert|append)\(/.test(source)) return [];
  const found = [...source.matchAll(besideFile)].flatMap(match => {
    const [, folders = '', joined = '', parents = '', nth, last = ''] = match;
    const above = nth === undefined ? (folders + parents).split(/dirname|parent/).length - 2 : Number(nth);
    const steps = [joined.match(/(?<=["'])[^"',]+(?=["'])/g) ?? [], last]
      .flat()
      .flatMap(each => each.split('/'));
    const below = steps.filter(each => /^\w[\w-]*$/.test(each));
    const dots = '.'.repeat(above + steps.filter(each => each === '..').length + 1);
    return below.length === 0 ? [] : `${dots}${below.join('.')}.`;
  });
  return [...new Set(found)].slice(0, maxFolders);
}

const maxFolders = 5;
/** `os.path.join(os.path.dirname(__file__), "..", "common")`, `Path(__file__).resolve().parents[1] / "common"` */
const besideFile =
  /((?:\bdirname\((?:os\.path\.)?)+)(?:abspath\(|realpath\()?__file__\)+((?:\s*,\s*["'][^"'\n]+["'])+)|\bPath\(__file__\)(?:\.resolve\(\)|\.absolute\(\))*((?:\.parent\b)*)(?:\.parents\[(\d)\])?\s*\/\s*["']([^"'\n]+)["']/g;

/** Python exports what it imports. */
function exportsOf({ language, syntax }: FileFacts): ReadonlyMap<string, string> {
  if (language !== 'python') return syntax.exports;
  return new Map(
    syntax.imports.map(({ module, name, local }) =>
      name === '*' && local === '' ? [`* ${module}`, `${module}#*`] : [local, `${module}#${name}`],
    ),
  );
}

/** Other files can call functions of the top and methods of its classes. */
function isReachable({ name, parent }: FunctionSyntax): boolean {
  return name !== '' && parent === undefined;
}

function functionsOf(file: FileFacts): FunctionSummary[] {
  const mayPropagate = file.says(mayInject);
  const [factories, givers, sent] = [file.get(spanFactories), file.get(spanGivers), file.get(forwards)];
  return file
    .ofUnits(ownSummaries)
    .flat()
    .map(({ made, summary }) => ({
      ...summary,
      returnsSpan: factories.get(made),
      givesSpan: givers.get(made),
      ...(mayPropagate ? propagation(file, made) : { injects: [], returnsCarrier: false }),
      ...optionsOf(file, made),
      sendsOnBy: file.language === 'go' ? transportGiven(file, made) : undefined,
      forwards: sent.get(made) ?? [],
    }));
}

interface OwnSummary {
  readonly made: FunctionSyntax;
  readonly summary: Pick<
    FunctionSummary,
    'name' | 'parameters' | 'returns' | 'endsParameters' | 'keepsParameters' | 'setsErrorOn' | 'wraps'
  >;
}

/** What a function shows by itself. */
function ownSummaries(file: FileFacts, { functions }: SyntaxUnit): readonly OwnSummary[] {
  return functions.filter(isReachable).map(made => ({
    made,
    summary: {
      name: made.className === undefined ? made.name : `${made.className}.${made.name}`,
      parameters: made.parameters.map(({ name }) => name),
      ...parameterUses(file, made),
      wraps: file.says(mayBeOfSpans) ? wrapsParameter(file, made) : undefined,
      returns: returned(file, made),
    },
  }));
}

/** Only such files can inject, or call what does. */
const mayInject = /inject|traceparent|propagat|trace_?(?:headers?|context)/i;

function propagation(
  file: FileFacts,
  made: FunctionSyntax,
): Pick<FunctionSummary, 'injects' | 'returnsCarrier'> {
  const found = file.get(carriers);
  const parameters = found.injectedParameters(made);
  const itself = parameters.length === 0 && found.injects(made) ? [-1] : [];
  return { injects: [...parameters, ...itself], returnsCarrier: found.returns(made) };
}

/** A function of Go that makes options for connections of gRPC: whether they propagate, as far as it shows. */
function optionsOf(
  file: FileFacts,
  made: FunctionSyntax,
): Partial<Pick<FunctionSummary, 'returnsCarrier' | 'returnsOptions'>> {
  if (file.language !== 'go' || !/\.DialOption$/.test(made.results[0]?.typeName ?? '')) return {};
  const carrying = dialCarrying(
    file,
    returnsOf(made).flatMap(values => values.slice(0, 1)),
    made,
  );
  return { returnsOptions: true, returnsCarrier: carrying !== 'no' };
}

const mayBeOfSpans = /span|activity/i;

/** What is done with each parameter if it is a span. In a file that speaks of none, it may be kept. */
function parameterUses(
  file: FileFacts,
  made: FunctionSyntax,
): Pick<FunctionSummary, 'endsParameters' | 'keepsParameters' | 'setsErrorOn'> {
  const { parameters, body, bodyAt } = made;
  const isUnknown = isAbstract(made);
  const endsParameters: number[] = [];
  const keepsParameters: number[] = [];
  const setsErrorOn: number[] = [];
  const tells = file.says(mayBeOfSpans);
  const text = tells ? bodyAt.text : '';
  const written = tells && parameters.length > 0 ? spansInside(made) : [];
  parameters.forEach(({ name, rest, typeName = '', fields }, index) => {
    // A span is called so, or has the type, or is ended.
    const mayBeSpan =
      /span|activity|^s$|^sp$/i.test(name + typeName) ||
      text.includes(`${name}.end(`) ||
      text.includes(`${name}.End(`);
    const isSpan = tells && name !== '' && !rest && mayBeSpan;
    const inside = new Set<string>();
    // `span` of `({ span }) => …`
    if (tells && !isSpan) for (const each of fields.values()) if (isCalledSpan.test(each)) inside.add(each);
    if (tells) for (const { path, holder } of written) if (holder === name) inside.add(path);
    const parts = tells && !isSpan ? partsTaken(made, name) : [];
    for (const { variable } of parts) if (isCalledSpan.test(variable)) inside.add(variable);
    // Who gets the object has the span too.
    const held = isSpan || (inside.size > 0 && name !== '') ? [name, ...inside] : [...inside];
    const isTaken = ({ statement }: SpanPlace) => parts.some(each => each.statement === statement);
    const uses = held
      .map(each => usesOfSpan(body, each, () => undefined))
      .map(each => ({ ...each, escapes: each.escapes.filter(place => !isTaken(place)) }));
    if (uses.some(({ ends }) => ends.length > 0)) endsParameters.push(index);
    else if (isUnknown || uses.length === 0 || uses.some(mayBeEnded)) keepsParameters.push(index);
    if (isSpan && uses.some(({ statuses }) => statuses.length > 0)) setsErrorOn.push(index);
  });
  return { endsParameters, keepsParameters, setsErrorOn };
}

/** What a function returns, if it returns one thing. */
function returned(file: FileFacts, made: FunctionSyntax): string | undefined {
  const names = new Set<string | undefined>();
  const open = [...made.body];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at.type === 'return' && at.values[0]?.type !== 'constant')
      names.add(at.values[0] === undefined ? undefined : file.names.qualified(at.values[0], made));
    for (const body of bodiesOf(at)) open.push(...body);
  }
  const [name, ...others] = names;
  if (others.length > 0 || name === undefined) return tracerOf(file, made);
  if (!isLocal(name)) return name;
  // A constructor: others call methods of what it makes.
  return tracerOf(file, made) ?? (/^#\w+\(\)$/.test(name) ? name : undefined);
}

/** Of Go: one of the project's own, behind the interface of the API. */
function tracerOf({ language, names }: FileFacts, { results }: FunctionSyntax): string | undefined {
  const type = language === 'go' ? results[0]?.typeName : undefined;
  const name = type?.endsWith('.Tracer') === true ? names.ofType(type) : undefined;
  return name === undefined || isLocal(name) ? undefined : name;
}

/** Top-level names → what they stand for; those that only the file itself understands begin with `#`. */
function valuesOf(file: FileFacts): Map<string, string> {
  const { language, syntax, names } = file;
  const values = new Map<string, string>();
  const end = syntax.source.length;
  const add = (name: string, local: string) => {
    if (values.size >= maxValues || local === '' || local.includes('#')) return;
    const at = { start: end, end, text: local };
    const value = names.qualified({ type: 'reference', path: local, at }, undefined);
    if (value !== undefined && !value.startsWith('global#') && value !== `#${local}`) values.set(name, value);
  };
  for (const [name, local] of syntax.exports) add(name, local);
  // `module.exports = client`: the module is what it exports.
  const [alone] = syntax.exports.size === 1 ? syntax.exports.values() : [];
  if (alone !== undefined && syntax.exports.has('default')) add('*', alone);
  if (language === 'python' || language === 'go')
    for (const statement of syntax.body)
      if (statement.type === 'bind') for (const { path } of statement.targets) add(path, path);
  if (language === 'go') for (const [name, carrying] of clientsInFields(file)) values.set(name, carrying);
  // Fields of structs, by the name of the type: other files of Go reach through them.
  if (language === 'go')
    for (const { name, fields } of syntax.classes)
      for (const { targets } of fields)
        for (const { path, typeName } of targets) {
          const type = typeName !== undefined && sends.test(typeName) ? names.ofType(typeName) : undefined;
          if (type !== undefined && !isLocal(type) && values.size < maxValues)
            values.set(`${name}.${path}`, type);
        }
  return values;
}

function embeddedIn({ language, syntax }: FileFacts): FileSummary['embedded'] {
  if (language !== 'go') return new Map();
  return new Map(syntax.classes.flatMap(({ name, bases }) => (bases.length > 0 ? [[name, bases]] : [])));
}

/** Types of libraries that something is sent with. */
const sends =
  /\.\w*(?:Client|Conn|Connection|Channel|Writer|Producer|Publisher|Session|JetStream\w*|Transport|RoundTripper|Tracer)$/;

function isLocal(name: string): boolean {
  return name.startsWith('#') || name.startsWith('global#');
}

/** `setup(install_requires=['requests'])`: a manifest that is source. */
function requirementsOf({ path, syntax }: FileFacts): CodeEvidence[] {
  if (!/(?:^|\/)setup\.py$/.test(path)) return [];
  const setups = syntax.calls.filter(({ callee }) => callee === 'setup');
  const published = setups.flatMap(({ named, at }) =>
    named.has('classifiers') ? [{ kind: 'library' as const, name: '', at }] : [],
  );
  const lists = setups.flatMap(({ named }) => [named.get('install_requires'), named.get('extras_require')]);
  const required = lists.flatMap(list =>
    list === undefined
      ? []
      : [...within(list)].flatMap(each => {
          const name = /^[A-Za-z0-9][\w.-]*/.exec(staticText(each) ?? '')?.[0];
          return name === undefined
            ? []
            : [
                {
                  kind: 'dependency' as const,
                  name: name.toLowerCase().replaceAll(/[_.]/g, '-'),
                  at: each.at,
                },
              ];
        }),
  );
  return [...published, ...required];
}
