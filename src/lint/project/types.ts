/** What is known beyond one file: configuration files, what each source file says to the others, services and their evidence. */
import type { Extent, LanguageId } from '../facts/syntax.ts';

/** Where a client is: in a program, in pages, or in that of its processes which gives workers their tasks. */
export type Side = 'server' | 'browser' | 'sender';

/** A place of evidence, for messages and related places. */
export interface EvidencePlace {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly at: Extent;
}

/**
 * How surely something is in place: `active`: set up in code or by how the program is started; `listed`: only among the
 * dependencies; `vendor`: an agent whose coverage is not known; `no`.
 */
export type Coverage = 'active' | 'listed' | 'vendor' | 'no';

export interface Service {
  /** Folder of its manifest relative to the root; '' for the root itself. */
  readonly root: string;
  /** As far as it is written somewhere: manifest, `OTEL_SERVICE_NAME`, resource. */
  readonly names: readonly { readonly name: string; readonly place: EvidencePlace }[];
  /** An OpenTelemetry API, SDK, distribution or agent is a dependency, imported, or started with it. */
  readonly usesOpenTelemetry: boolean;
  /** It sets up the SDK of its process (a provider that is registered, NodeSDK, distribution, agent), so it is no library. */
  readonly setsUpSdk: boolean;
  /** An agent or launcher that instruments everything it knows: `opentelemetry-instrument`, `…/register`, `-javaagent`, k8s annotation. */
  readonly autoInstrumented: Coverage;
  /** What starts its program loads something first that may patch libraries: a launcher, an agent, `--require`. */
  readonly preloads: boolean;
  /** Spring alone instruments it, which knows the clients that its builders make, and no others. */
  readonly instrumentedBySpring: boolean;
  /**
   * Whether an instrumentation that injects context covers the client library.
   * @param library id in facts/clients.ts
   * @param side of code that runs in browsers and on servers from one package; of what gives workers their tasks
   */
  covers(library: string, side?: Side): Coverage;
  /** Names of the instrumentations that are active: `HttpInstrumentation`, `RequestsInstrumentor`, `otelhttp`. */
  readonly instrumentations: ReadonlyMap<string, EvidencePlace>;
  /** Whether an instrumentation of Node is active, by its name or among all of them; with the package that brings it. */
  instruments(name: string, packageName: string | undefined): boolean;
  /** A global propagator is set, or the SDK in use sets one. */
  readonly setsPropagator: boolean;
  /** Some code of it injects context by hand. */
  readonly injects: boolean;
  /** That code does so for what others send, too: not only into headers of its own that it sends itself. */
  readonly injectsForOthers: boolean;
  /** `service.name`, `service.version`, `deployment.environment.name` are given somewhere: key → where. */
  readonly resourceKeys: ReadonlyMap<string, EvidencePlace>;
  /** Environment variables that its configuration files set: name → values with places. */
  readonly environment: ReadonlyMap<
    string,
    readonly { readonly value: string | undefined; readonly place: EvidencePlace }[]
  >;
  /** What its configuration files and its code give to settings that may be addresses, by variable (facts/settingNames.ts). */
  readonly addresses: ReadonlyMap<string, ReadonlySet<string>>;
  /** gRPC services that it has clients of. */
  readonly asks: ReadonlySet<string>;
  /** Dependencies by name (`requests`, `@opentelemetry/api`, `go.opentelemetry.io/otel`) → version as written. */
  readonly dependencies: ReadonlyMap<string, string>;
  readonly languages: ReadonlySet<LanguageId>;
  readonly role: PackageRole;
  /** Of code that several services share: those that import it themselves, each with what is in force there. */
  readonly runIn: readonly Service[];
  /** Others run its code too, though it may be a program: published, or of a Go module that no program uses. */
  readonly isPublished: boolean;
}

/**
 * What a package is for: others import a library, and a person runs a tool in a terminal; what they send is not part of
 * a trace of their own. A program is what is neither.
 */
export type PackageRole = 'program' | 'library' | 'tool';

/** A parameter of a function that decides whether what it sends carries the context. */
export interface Forward {
  /** Id in facts/clients.ts. */
  readonly library: string;
  readonly transport: 'http' | 'grpc' | 'messaging';
  readonly parameter: number;
  /** Of the struct that the parameter is, the field that decides: `Config.HTTPClient`. */
  readonly field?: string | undefined;
  /** Headers, message or request; the client that sends; dial options of gRPC. */
  readonly as: 'carrier' | 'client' | 'options';
  /** Whether what it takes where it is given nothing carries the context. */
  readonly without: 'yes' | 'no' | 'unknown';
}

/** What a function does with what it is given, as its callers need it. */
export interface FunctionSummary {
  /** Qualified in its file: `withSpan`, `Client.request`. */
  readonly name: string;
  readonly parameters: readonly string[];
  /** Indexes of span parameters that it ends on every path. */
  readonly endsParameters: readonly number[];
  /** Indexes of span parameters that it stores, returns or passes on. */
  readonly keepsParameters: readonly number[];
  /** Indexes of span parameters that get status ERROR. */
  readonly setsErrorOn: readonly number[];
  /**
   * It returns a span that it has started and not ended; index of the result in Go. Of scripts the property of the object
   * that has it: `span`, `handle.span`, `0` of a list; with `end()` behind it if an object has the span for itself and a method
   * to end it.
   */
  readonly returnsSpan: number | string | undefined;
  /** Of scripts: it returns such an object of the span that it is given; index of the parameter. A constructor makes one. */
  readonly wraps: number | undefined;
  /** It starts a span for a callback that must end it; index of the callback. */
  readonly givesSpan: number | undefined;
  /** It injects context into what it sends, or into the headers parameter of that index; -1: into its own request. */
  readonly injects: readonly number[];
  /** What it sends, where a parameter decides whether that carries the context. */
  readonly forwards: readonly Forward[];
  /** It returns headers that context was injected into; of Go also dial options that may propagate. */
  readonly returnsCarrier: boolean;
  /** Of Go: it returns dial options. */
  readonly returnsOptions?: true;
  /** Of Go: it returns a transport that sends on by the one which it is given, and injects nothing; index of the parameter. */
  readonly sendsOnBy?: number | undefined;
  /** Qualified name of what it returns (`axios#create()`, `net/http#Client()`), as facts/names.ts writes them. */
  readonly returns: string | undefined;
}

/** What other files need to know about a source file; small, kept for every file. */
export interface FileSummary {
  readonly path: string;
  readonly language: LanguageId;
  readonly packageName: string;
  /** Modules that it imports, as written; for Python's `from a import b` also `a.b`, which may be one. */
  readonly modules: readonly string[];
  /** As `FileSyntax.exports` has them; of Python what is imported, in the same form. */
  readonly exports: ReadonlyMap<string, string>;
  readonly traits: FileTraits;
  readonly functions: readonly FunctionSummary[];
  /** Names of fields and collections from which it takes spans that it may end. */
  readonly releases: readonly string[];
  /** Exported (or top-level) values: name → qualified name of what it is. */
  readonly values: ReadonlyMap<string, string>;
  /** Go: its types → those embedded in them, as written, whose methods they have too. */
  readonly embedded: ReadonlyMap<string, readonly string[]>;
  /** What it sets up: see facts/sdk.ts. */
  readonly evidence: readonly CodeEvidence[];
}

/** What the text of a file shows it to be. */
export interface FileTraits {
  /** A tool says that it wrote the file. */
  readonly generated: boolean;
  /** It has a class that instruments a library. */
  readonly instruments: boolean;
  /** It is started itself: Go's package main, Python's `if __name__ == '__main__'`, a script with `#!`. */
  readonly program: boolean;
  /** It imports a framework for tests: helpers of tests have any name. */
  readonly tests: boolean;
  readonly side: FileClass['side'];
  /** It has a `startActiveSpan` of its own, which may end the span itself. */
  readonly wrapsTracers: boolean;
  /** It has a class of spans of its own, that record errors in their own way. */
  readonly wrapsSpans: boolean;
  /** It takes spans out of contexts and ends them: what starts one and keeps only the context may leave it to that. */
  readonly takesSpans: boolean;
}

export interface CodeEvidence {
  readonly kind:
    | 'instrumentation'
    | 'autoInstrumentation'
    | 'provider'
    | 'propagator'
    /** Code injects context by hand; with the name `own` only into what the same function sends. */
    | 'injection'
    | 'resourceKey'
    | 'serviceName'
    | 'opentelemetry'
    | 'vendor'
    /** Of a manifest that is source itself: `setup.py`. */
    | 'dependency'
    /** Of such a manifest: the package is published. */
    | 'library'
    /** It starts the program in a folder (relative to the file; `*`: in any), and names it: an AppHost of Aspire. */
    | 'host'
    /** It takes messages from a broker, or sends them to it; it serves a gRPC service, or has a client of it. */
    | 'consumes'
    | 'produces'
    | 'serves'
    | 'asks'
    /** Of Go: it opens streams with the client of a gRPC service, by the word that both names have: `stock` of `StockService`. */
    | 'streams'
    /** An address that a setting begins with: `STOCK_URL=http://stock:8080`. */
    | 'address'
    /** A function of it sets up the SDK (`` if reading or starting the file does); it calls one that may, by its name. */
    | 'setsUp'
    | 'initiates'
    /** A name stands in it that a function or class which sets up telemetry may have. */
    | 'mentions'
    /** It starts programs of Node with the file of that name, without its ending, loaded first. */
    | 'preloads'
    /** It calls what is so called in requests and spans, or where there are none. */
    | 'within'
    | 'beside'
    /** It begins spans: a `span` of its own, or the handler of a `request`. */
    | 'begins'
    /** It ends spans that come from what is so called; it gives a span to what is so called, and ends it itself. */
    | 'ends'
    | 'borrows'
    /** Of Go: it uses a type that may be a carrier, by its name; what only its package knows with the folder before it. */
    | 'uses';
  /** Name of the instrumentation, resource key, package, broker…; for `serviceName` the name if it is static. */
  readonly name: string;
  readonly at: Extent;
  /** Of `autoInstrumentation`: packages of instrumentations that are switched off there. */
  readonly without?: readonly string[];
  /** Of what sets up telemetry: it does so only if another file mentions one of these names. */
  readonly calledBy?: readonly string[];
}

export interface Project {
  /** Rises with every change of files, configuration or services. */
  readonly generation: number;
  readonly services: readonly Service[];
  /** The service that a file belongs to; one without any evidence if nothing claims the file. */
  serviceOf(path: string): Service;
  fileClass(path: string): FileClass;
  summary(path: string): FileSummary | undefined;
  /** Some file that may run together with `from` may end the spans that are kept under that name. */
  releases(name: string, from: string): boolean;
  /** All functions and methods of that name return a span that they start. */
  startsSpans(method: string): boolean;
  /** Some of them do. */
  mayStartSpans(method: string): boolean;
  /**
   * Whether the program that runs a file is seen to set up the SDK: by code that it reaches by imports, or by how it is
   * started. What other programs of the package set up says nothing about it.
   */
  isSetUp(path: string): boolean;
  /** The version of the collector that the configuration nearest to a file runs, if an image there has one: `0.98.0`. */
  collectorVersion(path: string): string | undefined;
  /** Whether the file, or of Go another one of its package, imports such a module. */
  packageImports(path: string, module: RegExp): boolean;
  /** Whether some file below a manifest's folder imports a package of npm; undefined if there are none of JavaScript or TypeScript. */
  isImported(manifest: string, name: string): boolean | undefined;
  /** Whether spans begin in the file, or in one that reaches it by imports: what it sends may be within one. */
  isWithinSpans(path: string): boolean;
  /** Names of the files with which other programs of the same package begin that answer requests: `payments` of `payments.js`. */
  serversBeside(path: string): readonly string[];
  /** Whose program answers at a host without port, as the project's configuration and folders tell. */
  ownerOfHost(host: string): Owner | undefined;
  /** Whether some file of the project says so: whether a program consumes from a broker, serves a gRPC service. */
  does(kind: Deed, name: string): boolean;
  /** Some file that may run together with `from` has a `startActiveSpan` of its own: what is called a tracer may not be one of OpenTelemetry. */
  hasOwnTracers(from: string): boolean;
  /** Some such file has a class of spans: what starts from something unknown may be one of them. */
  hasOwnSpans(from: string): boolean;
  /** Some such file ends spans that it takes out of contexts. */
  takesSpans(from: string): boolean;
  /**
   * The function that a name imported from a module is, or undefined if the module is not of this project.
   * @param from path of the importing file
   * @param name exported name; `Client.request` for a method
   */
  functionOf(from: string, module: string, name: string): FunctionSummary | undefined;
  /** The qualified name of a value that a file imports: `axios#create()` for `import { api } from './api'`. */
  valueOf(from: string, module: string, name: string): string | undefined;
}

/**
 * A project that is filled file by file, in any order: `new WorkspaceProject()` (project.ts). Configuration files become
 * facts by `readConfiguration(path, text): ConfigFacts | undefined` (configFacts.ts), source files summaries by
 * `summarize(file: FileFacts): FileSummary` (facts/summary.ts). Paths are relative to the root, with `/`.
 */
export interface GrowingProject extends Project {
  setConfiguration(facts: ConfigFacts): void;
  setSummary(summary: FileSummary): void;
  delete(path: string): void;
}

/** Evidence that counts for the whole project. */
export type Deed = Extract<
  CodeEvidence['kind'],
  | 'consumes'
  | 'produces'
  | 'serves'
  | 'streams'
  | 'preloads'
  | 'within'
  | 'beside'
  | 'ends'
  | 'borrows'
  | 'uses'
>;

/** Whose program it is: of the project, or of somebody else. */
export type Owner = 'own' | 'others';

export interface FileClass {
  /** Not application code; 1xx, 3xx, 4xx and 5xx stay silent, 2xx goes down to info. */
  readonly kind: 'application' | 'test' | 'generated' | 'vendored' | 'minified' | 'declarations';
  /** Code of an instrumentation library. */
  readonly instrumentationLibrary: boolean;
  readonly side: 'server' | 'browser' | 'unknown';
}

export type ConfigKind =
  | 'dockerfile'
  | 'compose'
  | 'kubernetes'
  | 'collector'
  | 'yaml'
  | 'dotenv'
  | 'procfile'
  | 'manifest'
  | 'launch'
  | 'settings';

/** What a configuration file says, with places. */
export interface ConfigFacts {
  readonly path: string;
  readonly kind: ConfigKind;
  readonly source: string;
  readonly environment: readonly ConfigVariable[];
  readonly dependencies: readonly ConfigDependency[];
  readonly commands: readonly {
    readonly text: string;
    readonly at: Extent;
    readonly scope: string | undefined;
  }[];
  /** Dockerfile `COPY`, compose `build`: from → to, relative to the file. */
  readonly copies: readonly { readonly from: string; readonly to: string; readonly at: Extent }[];
  readonly annotations: readonly { readonly name: string; readonly value: string; readonly at: Extent }[];
  /** Names of the services that it describes (compose services, Deployments, package name) and the folder each is built from. */
  readonly services: readonly {
    readonly name: string;
    readonly folder: string | undefined;
    readonly at: Extent;
    /** Other names of the same: of its container, of its image. */
    readonly aliases?: readonly string[];
    /** As written: `otel/opentelemetry-collector:0.98.0`. */
    readonly image?: string;
    /** Relative to the file. */
    readonly dockerfile?: string;
    /** Files that its environment is read from, relative to the file. */
    readonly envFiles?: readonly string[];
  }[];
  /** Exporters, receivers, processors and pipelines of an OpenTelemetry collector. */
  readonly components: readonly {
    readonly section: 'receivers' | 'processors' | 'exporters' | 'connectors' | 'extensions';
    readonly name: string;
    readonly at: Extent;
    /** Dotted path below the component → value, for scalar settings. */
    readonly settings: ReadonlyMap<string, { readonly value: string; readonly at: Extent }>;
  }[];
  readonly comments: readonly Extent[];
  /** Of a manifest that says so. */
  readonly role?: PackageRole;
}

export interface ConfigVariable {
  readonly name: string;
  readonly nameAt: Extent;
  /** undefined where the value comes from elsewhere (`valueFrom`, `$VAR`). */
  readonly value: string | undefined;
  /** What it is where nobody gives another: of `${STOCK_URL:-http://stock:8080}`. */
  readonly fallback?: string;
  readonly valueAt: Extent | undefined;
  /** The whole entry, for deletion. */
  readonly at: Extent;
  /** Service or container that it is set for. */
  readonly scope: string | undefined;
}

export interface ConfigDependency {
  readonly ecosystem: 'npm' | 'pypi' | 'go' | 'maven' | 'nuget';
  /** `group:artifact` for maven. */
  readonly name: string;
  readonly version: string | undefined;
  readonly dev: boolean;
  /** Whoever installs the package decides whether it is there. */
  readonly byOthers?: boolean;
  readonly at: Extent;
  readonly nameAt: Extent;
}
