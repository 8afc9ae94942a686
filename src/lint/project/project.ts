import { classifyFile } from './fileClass.ts';
import { ecosystems } from './layout.ts';
import { Modules } from './modules.ts';
import { folderOf, isInside } from './paths.ts';
import { Services } from './services.ts';
import type {
  CodeEvidence,
  ConfigFacts,
  Deed,
  FileClass,
  FileSummary,
  FunctionSummary,
  GrowingProject,
  Owner,
  Service,
} from './types.ts';

/** Re-exports followed from one file to the next. */
const maxHops = 8;

/** What matters to other files, without places: those move with every keystroke. */
interface Contents {
  /** That which decides what belongs together. */
  readonly structure: string;
  readonly whole: string;
}

/** How many of the functions of a name return a span that they start; others may stand in for them where tracing is off. */
type Starters = 'all' | 'some' | 'none';

/** A project that is filled file by file. What is made of the files is made when somebody asks. */
export class WorkspaceProject implements GrowingProject {
  readonly #configs = new Map<string, ConfigFacts>();
  readonly #summaries = new Map<string, FileSummary>();
  /** Of configuration files, and of source files that were read again. */
  readonly #contents = new Map<string, Contents>();
  readonly #modules = new Modules(this.#summaries);
  /** Since the last change: what was asked for → answer. */
  readonly #functions = new Map<string, FunctionSummary | undefined>();
  readonly #values = new Map<string, string | undefined>();
  readonly #starters = new Map<string, Starters>();
  #services: Services | undefined;
  #generation = 0;

  get generation(): number {
    return this.#generation;
  }

  get services(): readonly Service[] {
    return this.#made.all;
  }

  setConfiguration(facts: ConfigFacts): void {
    this.#forgetAnswers();
    const { source, comments, ...said } = facts;
    const whole = contentOf(said);
    this.#forgetPackages(facts.path);
    this.#configs.set(facts.path, facts);
    for (const { name } of packagesOf(facts)) this.#modules.addPackage(name, folderOf(facts.path));
    if (isPythonPackage(facts.path)) this.#modules.addPythonPackage(facts.path);
    if (facts.kind === 'dockerfile') this.#modules.addImage(facts);
    this.#note(facts.path, { structure: whole, whole });
  }

  setSummary(summary: FileSummary): void {
    this.#forgetAnswers();
    const { path } = summary;
    const before = this.#summaries.get(path);
    this.#summaries.set(path, summary);
    if (before === undefined) {
      this.#modules.add(summary);
      if (isPythonPackage(path)) this.#modules.addPythonPackage(path);
      this.#services = undefined;
      this.#generation++;
      return;
    }
    this.#modules.replace(before, summary);
    if (namesCalled(before) !== namesCalled(summary)) this.#services?.forgetDeeds();
    // Most files are read only once.
    const known = this.#contents.get(path) ?? contentsOf(before);
    const now = contentsOf(summary);
    const same =
      known.whole !== now.whole && contentOf(this.#expanded(before)) === contentOf(this.#expanded(summary));
    this.#contents.set(path, same ? now : known);
    this.#note(path, now);
  }

  delete(path: string): void {
    this.#forgetAnswers();
    const summary = this.#summaries.get(path);
    if (summary !== undefined) this.#modules.remove(summary);
    this.#forgetPackages(path);
    const known = this.#configs.delete(path) || this.#summaries.delete(path);
    this.#contents.delete(path);
    if (!known) return;
    this.#services = undefined;
    this.#generation++;
  }

  summary(path: string): FileSummary | undefined {
    return this.#summaries.get(path);
  }

  hasOwnTracers(from: string): boolean {
    return this.#isSome(from, ({ traits }) => traits.wrapsTracers);
  }

  hasOwnSpans(from: string): boolean {
    return this.#isSome(from, ({ traits }) => traits.wrapsSpans && !traits.tests);
  }

  takesSpans(from: string): boolean {
    return this.#isSome(from, ({ traits }) => traits.takesSpans && !traits.tests);
  }

  releases(name: string, from: string): boolean {
    return this.#isSome(from, ({ releases, traits }) => releases.includes(name) && !traits.tests);
  }

  #isSome(from: string, such: (summary: FileSummary) => boolean): boolean {
    for (const summary of this.#summaries.values())
      if (such(summary) && this.#made.mayRunTogether(from, summary.path)) return true;
    return false;
  }

  startsSpans(method: string): boolean {
    return this.#startersOf(method) === 'all';
  }

  mayStartSpans(method: string): boolean {
    return this.#startersOf(method) !== 'none';
  }

  #startersOf(method: string): Starters {
    let answer = this.#starters.get(method);
    if (answer === undefined) this.#starters.set(method, (answer = this.#whichReturnSpans(method)));
    return answer;
  }

  #whichReturnSpans(method: string): Starters {
    const named = [...this.#summaries.values()].flatMap(({ functions }) =>
      functions.filter(({ name }) => name === method || name.endsWith(`.${method}`)),
    );
    const starters = named.filter(({ returnsSpan }) => returnsSpan === 0 || returnsSpan === 'end()');
    return starters.length === 0 ? 'none' : starters.length === named.length ? 'all' : 'some';
  }

  serviceOf(path: string): Service {
    return this.#made.of(path);
  }

  collectorVersion(path: string): string | undefined {
    let nearest: { readonly shared: number; readonly version: string } | undefined;
    for (const config of this.#configs.values())
      for (const version of collectorVersions(config)) {
        const shared = sharedFolders(path, config.path);
        if (nearest === undefined || shared > nearest.shared) nearest = { shared, version };
      }
    return nearest?.version;
  }

  isSetUp(path: string): boolean {
    return this.#made.isSetUp(path);
  }

  packageImports(path: string, module: RegExp): boolean {
    const files = path.endsWith('.go') ? this.#modules.resolve(path, '.') : [path];
    return files.some(each => this.#summaries.get(each)?.modules.some(name => module.test(name)) === true);
  }

  isImported(manifest: string, name: string): boolean | undefined {
    const folder = folderOf(manifest);
    let isImported: boolean | undefined;
    for (const { path, language, modules } of this.#summaries.values()) {
      if (ecosystems[language] !== 'npm' || !isInside(path, folder)) continue;
      isImported = modules.some(module => module === name || module.startsWith(`${name}/`));
      if (isImported) return true;
    }
    return isImported;
  }

  isWithinSpans(path: string): boolean {
    return this.#made.isWithinSpans(path);
  }

  serversBeside(path: string): readonly string[] {
    return this.#made.serversBeside(path);
  }

  ownerOfHost(host: string): Owner | undefined {
    return this.#made.layout.ownerOfHost(host);
  }

  does(kind: Deed, name: string): boolean {
    return this.#made.does(kind, name);
  }

  fileClass(path: string): FileClass {
    const { traits } = this.#summaries.get(path) ?? {};
    return classifyFile(path, traits, this.#made.packageOf(path), module => this.#summaries.has(module));
  }

  functionOf(from: string, module: string, name: string): FunctionSummary | undefined {
    return this.#remembered(this.#functions, from, module, name, () =>
      this.#functionOf(from, module, name, 0),
    );
  }

  valueOf(from: string, module: string, name: string): string | undefined {
    return this.#remembered(this.#values, from, module, name, () => this.#valueOf(from, module, name, 0));
  }

  /** Files of one folder get the same answer, unless one of them is asked about. */
  #remembered<T>(
    answers: Map<string, T | undefined>,
    from: string,
    module: string,
    name: string,
    find: () => T | undefined,
  ): T | undefined {
    // Most modules are somebody else's.
    if (!this.#modules.has(from, module)) return undefined;
    const key = this.#modules.sharedKey(from, module);
    if (key === undefined) return find();
    const question = `${key} ${name}`;
    let answer = answers.get(question);
    if (answer === undefined && !answers.has(question)) answers.set(question, (answer = find()));
    return answer;
  }

  #forgetAnswers(): void {
    this.#functions.clear();
    this.#values.clear();
    this.#starters.clear();
  }

  /** With the names of what comes from other files: when it was first read those may not have been. */
  #expanded(summary: FileSummary): FileSummary {
    const { path, values, functions } = summary;
    return {
      ...summary,
      values: new Map(
        [...values].map(([name, value]) => [name, this.#seenFromOutside(path, value, 0) ?? '']),
      ),
      functions: functions.map(each => ({
        ...each,
        returns: this.#seenFromOutside(path, each.returns, 0),
      })),
    };
  }

  #functionOf(from: string, module: string, name: string, hops: number): FunctionSummary | undefined {
    const pick = ({ path, functions, values }: FileSummary, local: string) => {
      const [head, ...rest] = local.split('.');
      // A method of an object that the file exports, or makes, of a class of its own: `new Tracing()`, `Tracing.getInstance()`.
      const object = () => values.get(head) ?? functions.find(each => each.name === head)?.returns;
      const className = rest.length === 0 ? undefined : classOf(object());
      const wanted = className === undefined ? local : [className, ...rest].join('.');
      const found = functions.find(each => each.name === wanted);
      return found && { ...found, returns: this.#seenFromOutside(path, found.returns, hops) };
    };
    return this.#find(from, module, name, pick, hops) ?? this.#ofOtherFiles(from, module, name, hops);
  }

  /** Go: methods of what a function of the package makes, whose type may be in another file of it. */
  #ofOtherFiles(from: string, module: string, name: string, hops: number): FunctionSummary | undefined {
    const [made, method, ...deeper] = name.split('.');
    if (!from.endsWith('.go') || method === undefined || deeper.length > 0 || hops > maxHops)
      return undefined;
    const pick = ({ functions }: FileSummary, local: string) =>
      classOf(functions.find(each => each.name === local)?.returns);
    const type = this.#find(from, module, made, pick, hops);
    return type === undefined
      ? this.#promoted(from, module, name, hops)
      : this.#functionOf(from, module, `${type}.${method}`, hops + 1);
  }

  /** Go: `Handler.fail` of a type that is embedded in `Handler`. */
  #promoted(from: string, module: string, name: string, hops: number): FunctionSummary | undefined {
    const [type, method, ...deeper] = name.split('.');
    if (!from.endsWith('.go') || method === undefined || deeper.length > 0) return undefined;
    for (const path of hops > maxHops ? [] : this.#modules.defining(from, module, type)) {
      const { embedded, modules = [] } = this.#summaries.get(path) ?? {};
      for (const written of embedded?.get(type) ?? []) {
        const [base, imported] = written.split('.').toReversed();
        const there = modules.find(each => each.split('/').at(-1) === imported);
        if (imported !== undefined && there === undefined) continue;
        const [origin, place] = there === undefined ? [from, module] : [path, there];
        const found = this.#functionOf(origin, place, `${base}.${method}`, hops + 1);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  #valueOf(from: string, module: string, name: string, hops: number): string | undefined {
    const pick = ({ path, values }: FileSummary, local: string, exported: string) =>
      this.#seenFromOutside(path, values.get(exported) ?? values.get(local), hops);
    return this.#find(from, module, name, pick, hops);
  }

  /** A qualified name of one file for all: what it has from other files of the project is looked up there. */
  #seenFromOutside(path: string, name: string | undefined, hops: number): string | undefined {
    const split = /^([^#]*)#([\w$]+(?:\(\))?)(.*)$/.exec(name ?? '');
    if (split === null) return name?.startsWith('.') === true ? undefined : name;
    const [, module, made, rest] = split;
    if (module === '' || hops > maxHops) return undefined;
    if (!this.#modules.has(path, module)) return module.startsWith('.') ? undefined : name;
    if (!made.endsWith('()')) {
      const found = this.#valueOf(path, module, made, hops + 1);
      return found && found + rest;
    }
    const maker = this.#functionOf(path, module, made.slice(0, -2), hops + 1);
    // Go: what has a type of another package has its methods, whoever asks.
    if (maker === undefined && path.endsWith('.go')) return name;
    return maker?.returns && maker.returns + rest;
  }

  get #made(): Services {
    this.#services ??= new Services([...this.#configs.values()], this.#summaries, this.#modules);
    return this.#services;
  }

  #forgetPackages(path: string): void {
    if (isPythonPackage(path)) this.#modules.removePythonPackage(path);
    const config = this.#configs.get(path);
    if (config === undefined) return;
    for (const { name } of packagesOf(config)) this.#modules.removePackage(name, folderOf(path));
    if (config.kind === 'dockerfile') this.#modules.removeImage(config);
  }

  #note(path: string, { structure, whole }: Contents): void {
    const before = this.#contents.get(path);
    this.#contents.set(path, { structure, whole });
    if (before?.structure !== structure) this.#services = undefined;
    else this.#services?.forget();
    if (before?.whole !== whole) this.#generation++;
  }

  /** Looks in the files of a module, and where they have it from. */
  #find<T>(
    from: string,
    module: string,
    name: string,
    pick: (summary: FileSummary, local: string, exported: string) => T | undefined,
    hops: number,
  ): T | undefined {
    if (hops > maxHops) return undefined;
    const [head, ...rest] = name.split('.');
    for (const path of this.#modules.defining(from, module, head)) {
      const summary = this.#summaries.get(path);
      // A module of the same name as a library that it imports is not that library.
      if (summary === undefined || path === from) continue;
      const local = summary.exports.get(head) ?? head;
      const source = /^(.+)#([^#]*)$/.exec(local);
      if (source === null) {
        const own = pick(summary, [local, ...rest].join('.'), name);
        if (own !== undefined) return own;
      } else {
        const [, next, there] = source;
        const found = this.#find(path, next, [there, ...rest].join('.'), pick, hops + 1);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }
}

/** The class of a file whose instances a name stands for there. */
function classOf(name = ''): string | undefined {
  return /^#([\w$]+)(?:\.getInstance)?\(\)$/.exec(name)?.[1];
}

/** Packages that code of other folders imports by name. */
function packagesOf({ path, services }: ConfigFacts): ConfigFacts['services'] {
  return /(?:^|\/)(?:package\.json|go\.mod)$/.test(path) ? services : [];
}

/** `setup.py` is source. */
function isPythonPackage(path: string): boolean {
  return /(?:^|\/)(?:pyproject\.toml|setup\.(?:cfg|py))$/.test(path);
}

function contentsOf(summary: FileSummary): Contents {
  const { packageName, modules, traits, evidence } = summary;
  return {
    structure: contentOf([packageName, modules, traits]),
    whole: contentOf({ ...summary, evidence: evidence.filter(({ kind }) => !isOfCall(kind)) }),
  };
}

/** With every letter of a call that is typed these change: others ask for them, and need not be told. */
function isOfCall(kind: CodeEvidence['kind']): boolean {
  return kind === 'within' || kind === 'beside';
}

function namesCalled({ evidence }: FileSummary): string {
  return evidence.flatMap(({ kind, name }) => (isOfCall(kind) ? `${kind} ${name}` : [])).join('\n');
}

function contentOf(value: object): string {
  return JSON.stringify(value, (key, inner: unknown) =>
    key === 'at' || key.endsWith('At') ? undefined : inner instanceof Map ? [...inner] : inner,
  );
}

/** Those of its images, also in variables, and `OTELCOL_VERSION="0.91.0"` of a script that downloads one. */
function collectorVersions({ services, environment }: ConfigFacts): readonly string[] {
  return [
    ...services.flatMap(({ image }) => collectorImage.exec(image ?? '')?.[1] ?? []),
    ...environment.flatMap(({ name, value = '' }) => {
      const version = collectorVariable.test(name) ? /^v?(\d+\.\d+(?:\.\d+)?)$/.exec(value) : null;
      return (version ?? collectorImage.exec(value))?.[1] ?? [];
    }),
  ];
}

const collectorVariable = /^OTEL(?:COL|_COL(?:LECTOR)?)?_VERSION$/;
const collectorImage = /(?:opentelemetry-collector|otelcol)[\w-]*:v?(\d+\.\d+(?:\.\d+)?)/;

/** How many folders two paths have in common. */
function sharedFolders(path: string, other: string): number {
  const [own, others] = [path, other].map(each => each.split('/').slice(0, -1));
  const differing = own.findIndex((name, index) => name !== others[index]);
  return differing < 0 ? own.length : differing;
}
