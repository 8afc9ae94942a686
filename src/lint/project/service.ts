import { addToGroup, addToSet } from '../../base/groups.ts';
import type { LanguageId } from '../facts/syntax.ts';
import { automaticOfNode, type CoverageEvidence, coverageOf, missingIn } from './coverage.ts';
import {
  agentOf,
  automaticPackage,
  injectedBy,
  launchersIn,
  openTelemetryPackage,
  optionVariables,
  type Runtime,
  vendorPackage,
} from './launchers.ts';
import type { Ecosystem, Reach } from './layout.ts';
import { folderOf } from './paths.ts';
import type {
  CodeEvidence,
  ConfigDependency,
  ConfigFacts,
  Coverage,
  EvidencePlace,
  FileSummary,
  PackageRole,
  Service,
  Side,
} from './types.ts';

/** What a service is made of. */
export interface ServiceParts {
  readonly folder: string;
  /** Manifests that count for it, its own first. */
  readonly manifests: readonly ConfigFacts[];
  /** Of another folder: they name nobody here. */
  readonly inherited: ReadonlySet<ConfigFacts>;
  readonly reaches: readonly Reach[];
  /** Source files whose set-up is in force: its own, what they import, what imports them. */
  readonly files: readonly FileSummary[];
  /** Its own source files. */
  readonly ownFiles: readonly FileSummary[];
  /** Dependencies of others are those of other programs; undefined: all count. */
  readonly ecosystem: Ecosystem | undefined;
  /** Nothing of the project starts it. */
  readonly isForOthers: boolean;
  /** Where it is started under a name. */
  readonly host: EvidencePlace | undefined;
  readonly runIn: readonly Service[];
}

/** What starts a program of Python. */
const startsPython = /(?:^|[\s/])(?:python[\d.]*|gunicorn|uvicorn|hypercorn|granian|celery|flask)(?=\s)/;

/** A file of the program, or of what traces it, that Node loads before; `-r ts-node/register` only translates. */
const preloading =
  /(?:^|[\s,"'])(?:-r|--require|--import|--(?:experimental-)?loader)[\s=,"']+[^\s"']*(?:\.[cm]?[jt]s\b|trac|otel|telemetry|instrument|apm)/i;

/** Agents that have nothing of OpenTelemetry in them. */
const startsAgent = /^(?:dd-trace|elastic-apm-node)#|^ddtrace\.patch/;

type Names = Service['names'][number][];

/** A service as its files and configuration describe it. */
export class ServiceView implements Service {
  readonly root: string;
  readonly runIn: readonly Service[];
  readonly names: Names = [];
  readonly instrumentations = new Map<string, EvidencePlace>();
  readonly resourceKeys = new Map<string, EvidencePlace>();
  readonly environment = new Map<string, { value: string | undefined; place: EvidencePlace }[]>();
  readonly addresses = new Map<string, Set<string>>();
  readonly asks = new Set<string>();
  readonly dependencies = new Map<string, string>();
  readonly languages: ReadonlySet<LanguageId>;
  readonly #ecosystem: Ecosystem | undefined;
  readonly #runtimes: ReadonlySet<Runtime>;
  readonly #isForOthers: boolean;
  readonly #automatic = new Map<Runtime, Coverage>();
  /** By everything that instruments automatically. */
  readonly #without = new Map<Runtime, readonly string[]>();
  readonly #providers: { readonly language: LanguageId; readonly name: string }[] = [];
  readonly #known = new Map<string, Coverage>();
  #usesOpenTelemetry = false;
  #setsPropagator = false;
  #injects = false;
  #injectsForOthers = false;
  #hasVendor = false;
  #startsVendor = false;
  #startsPlainly = false;
  #preloads = false;
  #hasSpring = false;
  #hasAgent = false;
  #answersRequests = false;
  readonly #roles = new Set<PackageRole>();

  constructor(parts: ServiceParts) {
    const { folder, manifests, inherited, reaches, files, ownFiles, ecosystem, isForOthers, host } = parts;
    this.root = folder;
    this.runIn = parts.runIn;
    this.#ecosystem = ecosystem;
    this.languages = new Set(ownFiles.map(({ language }) => language));
    this.#runtimes = new Set([
      ...[...this.languages].flatMap(runtimesOf),
      ...manifests.flatMap(({ dependencies }) =>
        dependencies.flatMap(each =>
          ecosystem === undefined || each.ecosystem === ecosystem ? runtimesIn[each.ecosystem] : [],
        ),
      ),
    ]);
    for (const manifest of manifests) {
      this.#readManifest(manifest, inherited.has(manifest));
      if (inherited.has(manifest)) continue;
      if (manifest.kind === 'dockerfile') this.#roles.add('program');
      else if (manifest.role !== undefined) this.#roles.add(manifest.role);
    }
    this.#isForOthers = isForOthers;
    for (const reach of reaches) this.#readConfiguration(reach);
    if (host !== undefined) this.#keys('service.name', host);
    const own = new Set(ownFiles);
    const idle = idleIn(files);
    for (const file of files) this.#readCode(file, own.has(file), idle);
    if ([...this.#automatic.values()].includes('active')) this.#usesOpenTelemetry = true;
  }

  get usesOpenTelemetry(): boolean {
    return this.#usesOpenTelemetry;
  }

  get setsUpSdk(): boolean {
    return this.#setsUpItself || this.autoInstrumented === 'active';
  }

  get autoInstrumented(): Coverage {
    const found = [...this.#automatic.values()];
    if (found.includes('active')) return 'active';
    if (this.#reliesOnVendor) return 'vendor';
    return found.includes('listed') ? 'listed' : 'no';
  }

  get preloads(): boolean {
    return this.#preloads;
  }

  instruments(name: string, packageName: string | undefined): boolean {
    if (this.instrumentations.has(name)) return true;
    if (packageName === undefined) return false;
    return (
      this.#automatic.get('node') === 'active' && this.#without.get('node')?.includes(packageName) !== true
    );
  }

  get setsPropagator(): boolean {
    return this.#setsPropagator || this.autoInstrumented === 'active';
  }

  get role(): PackageRole {
    // Of Python: a server with a set-up of its own is one, though an index of packages shows it.
    if (this.#ecosystem === 'pypi' && this.#answersRequests && this.#setsUpItself) return 'program';
    for (const role of ['program', 'tool', 'library'] as const) if (this.#roles.has(role)) return role;
    return 'program';
  }

  get isPublished(): boolean {
    return this.#isForOthers || this.#roles.has('library');
  }

  get injects(): boolean {
    return this.#injects;
  }

  get instrumentedBySpring(): boolean {
    return this.#hasSpring && !this.#hasAgent && !this.#setsUpItself;
  }

  get injectsForOthers(): boolean {
    return this.#injectsForOthers;
  }

  covers(library: string, side: Side = 'server'): Coverage {
    const key = `${library} ${side}`;
    let coverage = this.#known.get(key);
    if (coverage === undefined) {
      const evidence: CoverageEvidence = {
        instrumentations: this.instrumentations,
        automatic: this.#automatic,
        providers: this.#providers.map(({ name }) => name),
        dependencies: this.dependencies,
        reliesOnVendor: this.#reliesOnVendor,
        setsUpItself: this.#setsUpItself,
        startsPlainly: this.#startsPlainly,
        without: this.#without,
      };
      coverage = coverageOf(library, side, evidence);
      this.#known.set(key, coverage);
    }
    return coverage;
  }

  /**
   * An SDK of its own beside a vendor's agent is what its spans come from: the agent is told to leave them alone. Where
   * code starts the agent, the SDK is for something else.
   */
  get #reliesOnVendor(): boolean {
    return this.#startsVendor || (this.#hasVendor && !this.#setsUpItself);
  }

  get #setsUpItself(): boolean {
    return this.#providers.some(({ name }) => registers(name));
  }

  #readManifest(
    { path, services, dependencies, commands, environment }: ConfigFacts,
    inherited: boolean,
  ): void {
    if (!inherited) for (const { name, at } of services) this.names.push({ name, place: { path, at } });
    for (const each of dependencies) this.#depend(each);
    for (const { text, at } of commands) this.#readCommand(text, { path, at }, 'active');
    for (const { name, value, fallback, at } of environment) {
      this.#readVariable(name, value, { path, at }, false, 'active');
      this.#address(name, value ?? fallback);
    }
  }

  #depend({ name, version, ecosystem }: Pick<ConfigDependency, 'name' | 'version' | 'ecosystem'>): void {
    if (this.#ecosystem !== undefined && ecosystem !== this.#ecosystem) return;
    if (!this.dependencies.has(name)) this.dependencies.set(name, version ?? '');
    if (openTelemetryPackage.test(name)) this.#usesOpenTelemetry = true;
    if (vendorPackage.test(name)) this.#hasVendor = true;
    const automatic = automaticPackage(name);
    if (automatic === undefined) return;
    const { runtime, starts, spring = false } = automatic;
    if (spring) this.#hasSpring = true;
    this.#automate(runtime, starts ? 'active' : 'listed', spring);
  }

  #readConfiguration({ config, scopes, own, doubtful }: Reach): void {
    const { path } = config;
    const sure = doubtful ? 'listed' : 'active';
    const concerns = (scope: string | undefined) =>
      scopes === undefined || scope === undefined || scopes.has(scope);
    for (const { name, value, fallback, at, scope } of config.environment) {
      if (!concerns(scope)) continue;
      this.#readVariable(name, value, { path, at }, own, sure);
      this.#address(name, value ?? fallback);
    }
    for (const { text, at, scope } of config.commands)
      if (concerns(scope)) this.#readCommand(text, { path, at }, sure);
    for (const each of config.dependencies) this.#depend(each);
    // What a platform starts is a program, whatever an index of packages could show of it.
    if (/^procfile$/i.test(path.slice(path.lastIndexOf('/') + 1)) && folderOf(path) === this.root)
      this.#roles.add('program');
    if (scopes !== undefined && scopes.size === 0) return;
    for (const { name, value, at } of config.annotations) {
      const place = { path, at };
      const runtime = injectedBy(name, value);
      if (runtime !== undefined && this.#runtimes.has(runtime)) {
        this.#automate(runtime, sure);
        this.#preloads = true;
        // The operator names the service by its deployment.
        this.#keys('service.name', place);
      }
      const key = /^(?:resource\.opentelemetry\.io\/)?((?:service|deployment)\.[\w.]+)$/.exec(name)?.[1];
      if (key === undefined) continue;
      this.#keys(key, place);
      if (key === 'service.name' && value !== '' && own) this.names.push({ name: value, place });
    }
  }

  #readVariable(
    name: string,
    value: string | undefined,
    place: EvidencePlace,
    own: boolean,
    sure: Coverage,
  ): void {
    addToGroup(this.environment, name, { value, place });
    if (name === 'OTEL_SERVICE_NAME') {
      this.#keys('service.name', place);
      if (own && value !== undefined && value !== '') this.names.push({ name: value, place });
    } else if (name === 'OTEL_RESOURCE_ATTRIBUTES') this.#readAttributes(value ?? '', place);
    if (value !== undefined && (optionVariables.test(name) || value.includes('-javaagent:')))
      this.#readCommand(value, place, sure);
    const agent = agentOf(name, value);
    if (agent !== undefined) {
      this.#automate(agent.runtime, agent.vendor ? 'vendor' : sure);
      this.#preloads = true;
    }
    // Who knows what a variable of the environment holds.
    if (name === 'NODE_OPTIONS' && value === undefined) this.#preloads = true;
  }

  #readAttributes(text: string, place: EvidencePlace): void {
    for (const [, key] of text.matchAll(/(?:^|,)\s*([\w.]+)\s*=/g)) this.#keys(key, place);
  }

  #readCommand(text: string, place: EvidencePlace, sure: Coverage): void {
    const found = launchersIn(text);
    for (const { runtime, vendor } of found) {
      const isPackage = text.includes(automaticOfNode);
      this.#automate(runtime, vendor ? 'vendor' : sure, false, isPackage ? this.#missingOfNode : []);
    }
    if (found.length > 0 || preloading.test(text)) this.#preloads = true;
    if (found.length === 0 && startsPython.test(text)) this.#startsPlainly = true;
    const property = /-Dotel\.service\.name=|--service[_-]name[ =]|\bOTEL_SERVICE_NAME=/.exec(text);
    if (property !== null) this.#keys('service.name', place);
    const attributes = /-Dotel\.resource\.attributes=(\S+)|--resource[_-]attributes[ =](\S+)/.exec(text);
    if (attributes !== null) this.#readAttributes(attributes[1] ?? attributes[2], place);
  }

  #readCode(
    { path, language, evidence }: FileSummary,
    isOwn: boolean,
    idle: ReadonlySet<CodeEvidence>,
  ): void {
    for (const each of evidence) {
      if (idle.has(each)) continue;
      const { kind, name, at, without } = each;
      const place = { path, at };
      switch (kind) {
        case 'opentelemetry':
          this.#usesOpenTelemetry = true;
          break;
        case 'instrumentation':
          this.#usesOpenTelemetry = true;
          if (!this.instrumentations.has(name)) this.instrumentations.set(name, place);
          break;
        case 'autoInstrumentation': {
          const runtime = /Web/.test(name) ? 'browser' : runtimesOf(language)[0];
          const isOfNode = name === 'getNodeAutoInstrumentations' || name.startsWith(automaticOfNode);
          const missing = isOfNode ? this.#missingOfNode : [];
          this.#automate(runtime, 'active', false, [...(without ?? []), ...missing]);
          // A module that sets up everything when it is loaded.
          if (name.includes('/')) this.#preloads = true;
          break;
        }
        case 'provider':
          this.#usesOpenTelemetry = true;
          this.#providers.push({ language, name });
          if (setsPropagatorItself(language, name)) this.#setsPropagator = true;
          break;
        case 'propagator':
          this.#setsPropagator = true;
          break;
        case 'injection':
          this.#injects = true;
          if (name !== 'own') this.#injectsForOthers = true;
          break;
        case 'resourceKey':
          this.#keys(name, place);
          break;
        case 'serviceName':
          if (isOwn) this.names.push({ name, place });
          break;
        case 'vendor':
          // Sentry is imported wherever an error is reported; it starts with `init`.
          if (!/^(?:@sentry\/\w+|sentry_sdk)$/.test(name)) this.#hasVendor = true;
          if (startsAgent.test(name)) this.#startsVendor = true;
          break;
        case 'library':
          if (isOwn) this.#roles.add('library');
          break;
        case 'begins':
          if (isOwn && name === 'request') this.#answersRequests = true;
          break;
        case 'address': {
          const equals = name.indexOf('=');
          this.#address(name.slice(0, equals), name.slice(equals + 1));
          break;
        }
        case 'asks':
          this.asks.add(name);
          break;
        case 'dependency':
          this.#depend({ name, version: undefined, ecosystem: 'pypi' });
          break;
      }
    }
  }

  get #missingOfNode(): readonly string[] {
    return missingIn(this.dependencies.get(automaticOfNode));
  }

  #address(name: string, value: string | undefined): void {
    if (value !== undefined) addToSet(this.addresses, name, value);
  }

  #keys(key: string, place: EvidencePlace): void {
    if (!this.resourceKeys.has(key)) this.resourceKeys.set(key, place);
  }

  /** @param without packages of instrumentations that are switched off */
  #automate(runtime: Runtime, coverage: Coverage, bySpring = false, without: readonly string[] = []): void {
    if (!this.#runtimes.has(runtime)) return;
    if (coverage === 'active') {
      const before = this.#without.get(runtime) ?? without;
      this.#without.set(
        runtime,
        before.filter(each => without.includes(each)),
      );
    }
    if (!bySpring && runtime === 'java') this.#hasAgent = true;
    const order: readonly Coverage[] = ['no', 'listed', 'active'];
    const known = this.#automatic.get(runtime) ?? 'no';
    if (coverage === 'vendor') this.#hasVendor = true;
    else if (order.indexOf(coverage) > order.indexOf(known)) this.#automatic.set(runtime, coverage);
  }
}

/** Instrumentations in functions that no code of a program calls, which is set up by another one. */
function idleIn(files: readonly FileSummary[]): ReadonlySet<CodeEvidence> {
  const idle = new Set<CodeEvidence>();
  const all = files.flatMap(({ evidence }) => evidence);
  if (!all.some(({ calledBy }) => calledBy !== undefined)) return idle;
  const mentions = new Map<string, number>();
  for (const { kind, name } of all)
    if (kind === 'mentions') mentions.set(name, (mentions.get(name) ?? 0) + 1);
  // The file itself has the name, too.
  const isIdle = ({ calledBy }: CodeEvidence) =>
    calledBy?.every(name => (mentions.get(name) ?? 0) < 2) === true;
  if (!all.some(each => each.kind === 'provider' && registers(each.name) && !isIdle(each))) return idle;
  for (const each of all) if (each.kind !== 'provider' && isIdle(each)) idle.add(each);
  return idle;
}

/** The usual one first. */
function runtimesOf(language: LanguageId): readonly Runtime[] {
  switch (language) {
    case 'python':
    case 'go':
    case 'java':
      return [language];
    case 'csharp':
      return ['dotnet'];
    default:
      return ['node', 'browser'];
  }
}

/** Programs that dependencies are for: what instruments another language's says nothing about these. */
const runtimesIn: { readonly [ecosystem in ConfigDependency['ecosystem']]: readonly Runtime[] } = {
  npm: ['node', 'browser'],
  pypi: ['python'],
  go: ['go'],
  maven: ['java'],
  nuget: ['dotnet'],
};

/**
 * Python's and .NET's APIs propagate from the start; NodeSDK and `register()` set W3C and baggage, as do distributions;
 * Go's and Java's providers set nothing.
 */
function setsPropagatorItself(language: LanguageId, name: string): boolean {
  if (language === 'go') return !/(?:New|Set|With)TracerProvider$|NewSDK$|InstallNewPipeline$/.test(name);
  if (language === 'java') return /AutoConfigured/.test(name);
  if (language === 'python' || language === 'csharp') return true;
  return !/TracerProvider$/.test(name);
}

/** Makes a provider that of the whole process, or hands it to what instruments; making one alone does neither. */
export function registers(name: string): boolean {
  return !/TracerProvider$/.test(name) || /(?:^|\.)(?:set|with)/i.test(name);
}
