import { addToGroup } from '../../base/groups.ts';
import { anyFolder } from '../facts/sdk/sdkEvidence.ts';
import { kindOf, sideOfPackage } from './fileClass.ts';
import { ImportGraph } from './importGraph.ts';
import { type Ecosystem, ecosystems, Layout, type Root } from './layout.ts';
import type { Modules } from './modules.ts';
import { folderOf, isInside, joinPath } from './paths.ts';
import { isPreloaded, stemOf } from './preloading.ts';
import { registers, ServiceView } from './service.ts';
import type { ConfigFacts, Deed, EvidencePlace, FileClass, FileSummary, Service } from './types.ts';

/** What no manifest claims. */
const nowhere: Root = { folder: '', manifests: [], ecosystems: new Set(), hasDockerfile: false };
const openTelemetryItself =
  /^@opentelemetry\/|^opentelemetry-(?!demo|example)|^go\.opentelemetry\.io\/|^OpenTelemetry\.(?!Demo|Example)|\.Instrumentation\.OpenTelemetry$/;
/** Files of Python that a server or a framework loads by their names. */
const startedByName =
  /^(?:manage|wsgi|asgi|settings|apps|celery(?:app|_app)?|sitecustomize|gunicorn(?:[._]conf(?:ig)?)?(?:\.conf)?)\.py$/;
/** Instrumentations by which what comes in begins a span. */
const ofServers =
  /Middleware|Handler|Server|HttpInstrumentation|Grpc|FastAPI|Flask|Django|Starlette|ASGI|WSGI|Tornado|Falcon|Pyramid|Sanic|Litestar|otel(?:gin|echo|mux|chi|fiber|restful|iris|hertz)|registerOTel|Express|Koa|Fastify|Nest|Hapi|Celery|Kafka|Pika|Amqp|Bull/i;
const ofClients = /^http\.|Client|Transport|AioHttp(?!Server)/i;
const besideModule = /(?:^|\/)(?:_?examples?|samples?|snippets|tools?|scripts?|hack)\//i;

/** The services of a project as its files are now, and which one a file belongs to. */
export class Services {
  readonly layout: Layout;
  readonly #summaries: ReadonlyMap<string, FileSummary>;
  readonly #graph: ImportGraph;
  /** Root folder → its application code. */
  readonly #owned = new Map<string, string[]>();
  readonly #sides = new Map<Root, FileClass['side']>();
  readonly #started = new Map<Root, boolean>();
  readonly #ofRoot = new Map<string, Service>();
  readonly #ofPrograms = new Map<string, Service>();
  readonly #ofFile = new Map<string, Service>();
  readonly #settingUp = new Map<string, boolean>();
  #registering: ReadonlySet<string> | undefined;
  readonly #within = new Map<string, boolean>();
  readonly #servers = new Map<string, readonly string[]>();
  #deeds: ReadonlySet<string> | undefined;
  #hosts: ReadonlyMap<string, EvidencePlace> | undefined;
  /** Root → another one of its family, up to the first. */
  #families: Map<Root, Root> | undefined;
  /** Families some code of which sets up the SDK. */
  #settingUpItself: ReadonlySet<Root> | undefined;

  /** @param summaries may change in what they say of telemetry; then `forget` what was made of them */
  constructor(
    configs: readonly ConfigFacts[],
    summaries: ReadonlyMap<string, FileSummary>,
    modules: Modules,
  ) {
    const files = [...summaries.values()];
    this.#summaries = summaries;
    this.layout = new Layout(configs, files);
    const application = files.filter(({ path, traits }) => kindOf(path, traits) === 'application');
    this.#graph = new ImportGraph(application, modules);
    for (const { path, language } of application) {
      const folder = this.layout.ownerOf(path, language)?.folder ?? '';
      addToGroup(this.#owned, folder, path);
    }
  }

  get all(): readonly Service[] {
    return this.layout.roots.map(root => this.#serviceOf(root, undefined));
  }

  /** After summaries have changed in what they say of telemetry. */
  forget(): void {
    this.#started.clear();
    this.#ofRoot.clear();
    this.#ofPrograms.clear();
    this.#ofFile.clear();
    this.#settingUp.clear();
    this.#registering = undefined;
    this.#settingUpItself = undefined;
    this.#within.clear();
    this.#servers.clear();
    this.#deeds = undefined;
    this.#hosts = undefined;
  }

  /** After files have changed in what they call. */
  forgetDeeds(): void {
    this.#deeds = undefined;
  }

  of(path: string): Service {
    let service = this.#ofFile.get(path);
    if (service === undefined) {
      service = this.#find(path);
      this.#ofFile.set(path, service);
    }
    return service;
  }

  /** See `Project.isSetUp`. */
  isSetUp(path: string): boolean {
    const service = this.of(path);
    if (service.autoInstrumented === 'active') return true;
    if (!service.setsUpSdk) return false;
    // Frameworks of Java and C# put programs together without imports.
    if (service.languages.has('java') || service.languages.has('csharp')) return true;
    // A file of scripts runs in whatever it is copied to; a program of Go is what its imports make it.
    if (!path.endsWith('.go') && this.layout.copiersOf(path).length > 0) return true;
    if (this.#graph.entriesOf(path).some(entry => this.#setsUp(entry) && this.#callsSetUp(entry)))
      return true;
    return [...this.#registered].some(each => this.#isLoadedFor(path, each, service));
  }

  /** What starts a program loads a file that nothing imports: an option of Node, a framework, a package of Python. */
  #isLoadedFor(path: string, loaded: string, service: Service): boolean {
    const root = this.#rootOf(path);
    if (this.#rootOf(loaded) !== root) return false;
    const name = loaded.slice(loaded.lastIndexOf('/') + 1);
    if (loaded.endsWith('.py'))
      return startedByName.test(name) || (name === '__init__.py' && isInside(path, folderOf(loaded)));
    if (/^instrumentation(?:[.-]node)?\.[cm]?[jt]s$/.test(name) && service.dependencies.has('next'))
      return true;
    return isPreloaded(loaded, this.#commandsOf(root)) || this.does('preloads', stemOf(loaded));
  }

  /** Set-ups of a root that nothing loads, beside one that its commands load: older ones, ways to do it. */
  #idleSetUps(root: Root): ReadonlySet<string> {
    const beginning = (this.#owned.get(root.folder) ?? []).filter(
      path =>
        ecosystems[this.#summaries.get(path)?.language ?? 'go'] === 'npm' &&
        this.#isRegistering(path) &&
        this.#graph.entriesOf(path).includes(path),
    );
    if (beginning.length < 2) return new Set();
    const commands = this.#commandsOf(root);
    const idle = beginning.filter(path => !isPreloaded(path, commands));
    return new Set(idle.length < beginning.length ? idle : []);
  }

  #commandsOf(root: Root): string[] {
    const configs = [...root.manifests, ...this.layout.reachesOf(root.folder).map(({ config }) => config)];
    return configs.flatMap(({ commands, environment }) => [
      ...commands.map(({ text }) => text),
      ...environment.flatMap(({ name, value }) => (name === 'NODE_OPTIONS' ? (value ?? []) : [])),
    ]);
  }

  /**
   * Whether one program may have the code of both files: not of two languages, nor of packages that set up telemetry each
   * for itself and have no code in common.
   */
  mayRunTogether(path: string, other: string): boolean {
    const [language, another] = [path, other].map(each => this.#summaries.get(each)?.language);
    if (language === undefined || another === undefined) return true;
    if (ecosystems[language] !== ecosystems[another]) return false;
    // Frameworks of Java and C# put programs together without imports.
    if (language === 'java' || language === 'csharp') return true;
    const [root, theirs] = [path, other].map(each => this.#rootOf(each));
    if (root === theirs) return true;
    const families = [root, theirs].map(each => this.#familyOf(each));
    if (families[0] === families[1]) return true;
    this.#settingUpItself ??= new Set(
      [...this.#owned.values()].flatMap(files => {
        const registering = files.find(each => this.#isRegistering(each));
        return registering === undefined ? [] : this.#familyOf(this.#rootOf(registering));
      }),
    );
    if (families.some(each => !this.#settingUpItself?.has(each))) return true;
    return [path, other].some(each => this.layout.copiersOf(each).length > 0);
  }

  /** One of the roots whose code imports that of one another, directly or not: the same for all of them. */
  #familyOf(root: Root): Root {
    if (this.#families === undefined) {
      this.#families = new Map<Root, Root>();
      for (const [path, targets] of this.#graph.imports)
        for (const target of targets) {
          const [own, theirs] = [path, target].map(each => this.#familyOf(this.#rootOf(each)));
          if (own !== theirs) this.#families.set(own, theirs);
        }
    }
    let first = root;
    for (let next = this.#families.get(first); next !== undefined; next = this.#families.get(first))
      first = next;
    return first;
  }

  /** See `Project.isWithinSpans`. */
  isWithinSpans(path: string): boolean {
    let isWithin = this.#within.get(path);
    if (isWithin === undefined) {
      const service = this.of(path);
      // Without an instrumentation no request that comes in begins one.
      const isTraced =
        service.autoInstrumented === 'active' ||
        [...service.instrumentations.keys()].some(name => ofServers.test(name) && !ofClients.test(name));
      isWithin =
        service.languages.has('java') ||
        service.languages.has('csharp') ||
        [...this.#graph.usersOf([path])].some(user =>
          this.#summaries
            .get(user)
            ?.evidence.some(({ kind, name }) => kind === 'begins' && (isTraced || name === 'span')),
        );
      this.#within.set(path, isWithin);
    }
    return isWithin;
  }

  /** See `Project.serversBeside`. */
  serversBeside(path: string): readonly string[] {
    const users = this.#graph.usersOf([path]);
    return this.#serversOf(this.#rootOf(path))
      .filter(each => !users.has(each))
      .map(each => each.slice(each.lastIndexOf('/') + 1).replace(/\.\w+$/, ''));
  }

  #serversOf({ folder }: Root): readonly string[] {
    let servers = this.#servers.get(folder);
    if (servers === undefined) {
      servers = (this.#owned.get(folder) ?? []).filter(
        path =>
          this.#summaries
            .get(path)
            ?.evidence.some(({ kind, name }) => kind === 'begins' && name === 'request') &&
          this.#graph.entriesOf(path).includes(path),
      );
      this.#servers.set(folder, servers);
    }
    return servers;
  }

  /** See `Project.does`. */
  does(kind: Deed, name: string): boolean {
    if (this.#deeds === undefined) {
      const deeds = new Set<string>();
      for (const { path, traits, evidence } of this.#summaries.values())
        if (kindOf(path, traits) === 'application')
          for (const each of evidence) if (isDeed.test(each.kind)) deeds.add(`${each.kind} ${each.name}`);
      this.#deeds = deeds;
    }
    return this.#deeds.has(`${kind} ${name}`);
  }

  /** What the package around a file says about its kind. */
  packageOf(path: string): { readonly instruments: boolean; readonly side: FileClass['side'] } {
    const root = this.#rootOf(path);
    const isExample = /(?:^|\/)examples?\//.test(path);
    const named = root.manifests.some(({ services }) =>
      services.some(({ name }) => openTelemetryItself.test(name)),
    );
    let side = this.#sides.get(root);
    if (side === undefined) {
      side = sideOfPackage(this.layout.manifestsOf(root));
      this.#sides.set(root, side);
    }
    return { instruments: !isExample && (named || this.#instruments(root)), side };
  }

  /** A package that is there to instrument a library: it has such a class, and names itself so. */
  #instruments({ folder, manifests }: Root): boolean {
    return (
      manifests.some(({ services }) => services.some(({ name }) => /instrument|otel/i.test(name))) &&
      (this.#owned.get(folder) ?? []).some(path => this.#summaries.get(path)?.traits.instruments === true)
    );
  }

  #rootOf(path: string): Root {
    return this.layout.ownerOf(path, this.#summaries.get(path)?.language) ?? nowhere;
  }

  #find(path: string): Service {
    const root = this.#rootOf(path);
    const language = this.#summaries.get(path)?.language;
    const ecosystem = language && ecosystems[language];
    const copiers = this.layout.copiersOf(path);
    if (copiers.length > 0) return this.#view(root, this.#filesOf(root), copiers, ecosystem);
    const entries = this.#graph.entriesOf(path);
    let programs = entries.filter(entry => this.#setsUp(entry));
    // Tools beside the service: what it sets up is not in force in them.
    if (programs.length === 0 && entries.every(entry => this.#summaries.get(entry)?.traits.program === true))
      programs = [...entries];
    if (programs.length === 0) return this.#serviceOf(root, ecosystem);
    const users = new Set(programs.map(entry => this.#rootOf(entry)).filter(each => each !== root));
    const importers = users.size > 1 ? this.#graph.importersOf(path).map(each => this.#rootOf(each)) : [];
    const runIn = [...users].filter(each => importers.includes(each));
    const key = [root.folder, ...programs.sort(), ...runIn.map(({ folder }) => `in ${folder}`)].join('\n');
    let service = this.#ofPrograms.get(key);
    if (service === undefined) {
      service = this.#serviceOfPrograms(programs, root, ecosystem, runIn);
      this.#ofPrograms.set(key, service);
    }
    return service;
  }

  /** @param ecosystem what is in force for code of its languages; undefined for all that is in the root */
  #serviceOf(root: Root, ecosystem: Ecosystem | undefined): Service {
    const key = `${root.folder}\n${ecosystem}`;
    let service = this.#ofRoot.get(key);
    if (service === undefined) {
      const idle = this.#idleSetUps(root);
      const files = new Set([...this.#filesOf(root)].filter(path => !idle.has(path)));
      const isLibrary = !root.hasDockerfile && ![...files].some(path => this.#isRegistering(path));
      service = this.#view(root, files, isLibrary ? this.#usersOf(root) : [], ecosystem);
      this.#ofRoot.set(key, service);
    }
    return service;
  }

  /**
   * Programs of one root may set up telemetry each for itself (`client.py`, `server.py`): what one sets up says nothing
   * about the others. If there are no others, all of the root counts.
   * @param runIn the other roots, if there are several, that import the code themselves
   */
  #serviceOfPrograms(
    programs: readonly string[],
    root: Root,
    ecosystem: Ecosystem | undefined,
    runIn: readonly Root[],
  ): Service {
    const unreached = [...this.#filesOf(root)].filter(
      path => !programs.some(entry => this.#graph.reach(entry).has(path)),
    );
    const others =
      unreached.some(path => this.#isRegistering(path)) || this.#areInstrumentedApart(programs, unreached);
    // What is shared runs in programs of other roots, with what they set up.
    const users = new Set(programs.map(entry => this.#rootOf(entry)).filter(each => each !== root));
    if (!others && users.size === 0) return this.#serviceOf(root, ecosystem);
    const reached = new Set(programs.flatMap(entry => [...this.#graph.reach(entry)]));
    return this.#view(root, reached, [...users], ecosystem, runIn);
  }

  /** Python: programs share what sets up the SDK, and another one of them registers instrumentations for itself. */
  #areInstrumentedApart(programs: readonly string[], unreached: readonly string[]): boolean {
    // What frameworks load is nobody's import, and says nothing of who sets it up.
    const isProgram = (path: string) =>
      path.endsWith('.py') &&
      !startedByName.test(path.slice(path.lastIndexOf('/') + 1)) &&
      (this.#summaries.get(path)?.traits.program === true || this.#callsSetUp(path, [path]));
    const isApart = (path: string) => {
      if (!this.#summaries.get(path)?.evidence.some(({ kind }) => kind === 'instrumentation')) return false;
      const entries = this.#graph.entriesOf(path);
      return entries.length > 0 && entries.every(isProgram);
    };
    return programs.every(isProgram) && unreached.some(isApart);
  }

  #setsUp(entry: string): boolean {
    let setsUp = this.#settingUp.get(entry);
    if (setsUp === undefined) {
      setsUp = [...this.#graph.reach(entry)].some(path => this.#isRegistering(path));
      this.#settingUp.set(entry, setsUp);
    }
    return setsUp;
  }

  /**
   * What a program reaches that sets up the SDK when it is called is called by something else that it reaches.
   * @param callers which of these are asked
   */
  #callsSetUp(entry: string, callers?: readonly string[]): boolean {
    const reached = [...this.#graph.reach(entry)].flatMap(path => this.#summaries.get(path) ?? []);
    const asked = reached.filter(({ path }) => callers?.includes(path) !== false);
    const isOfGo = entry.endsWith('.go');
    return reached.some(({ path, evidence }) => {
      if (!this.#isRegistering(path)) return false;
      const names = new Set(evidence.flatMap(({ kind, name }) => (kind === 'setsUp' ? [name] : [])));
      if (names.size === 0 || names.has('')) return callers === undefined;
      const isOwn = (other: string) => (isOfGo ? folderOf(other) === folderOf(path) : other === path);
      return asked.some(
        other =>
          (!isOwn(other.path) || other.traits.program) &&
          other.evidence.some(({ kind, name }) => kind === 'initiates' && names.has(name)),
      );
    });
  }

  #isRegistering(path: string): boolean {
    return this.#registered.has(path);
  }

  get #registered(): ReadonlySet<string> {
    this.#registering ??= new Set(
      [...this.#summaries.values()]
        .filter(({ evidence }) => evidence.some(({ kind, name }) => kind === 'provider' && registers(name)))
        .map(each => each.path),
    );
    return this.#registering;
  }

  /** The code of a root, what it imports from others or its image copies, and .NET's referenced projects. */
  #filesOf(root: Root): ReadonlySet<string> {
    const own = [root, ...this.#referencesOf(root)].flatMap(({ folder }) => this.#owned.get(folder) ?? []);
    return this.#graph.closure([...own, ...this.#copiedInto(root)]);
  }

  /** Single files: of a folder that is copied with all that is in it, a program needs what it imports. */
  #copiedInto(root: Root): readonly string[] {
    return this.layout.copiedInto(root).filter(from => this.#summaries.has(from));
  }

  /** Projects that a project of .NET refers to, directly or not. */
  #referencesOf(root: Root): readonly Root[] {
    const roots = new Set([root]);
    for (const { manifests } of roots)
      for (const { path, copies } of manifests)
        if (/proj$/.test(path))
          for (const { from } of copies) {
            const folder = folderOf(joinPath(folderOf(path), `./${from}`) ?? '');
            for (const each of this.layout.roots) if (each.folder === folder) roots.add(each);
          }
    roots.delete(root);
    return [...roots];
  }

  /** Roots whose code imports something of this one. */
  #usersOf(root: Root): readonly Root[] {
    const users = new Set(
      [...this.#graph.usersOf(this.#owned.get(root.folder) ?? [])].map(path => this.#rootOf(path)),
    );
    users.delete(root);
    return [...users];
  }

  /** @param others roots in whose programs the code runs too; `runIn`, of several, those that import it themselves */
  #view(
    root: Root,
    files: ReadonlySet<string>,
    others: readonly Root[],
    ecosystem: Ecosystem | undefined,
    runIn: readonly Root[] = [],
  ): Service {
    const manifests = this.layout.manifestsOf(root);
    const theirs = [...others, ...this.#referencesOf(root)].flatMap(each => this.layout.manifestsOf(each));
    const paths = new Set([...files, ...others.flatMap(each => [...this.#filesOf(each)])]);
    return new ServiceView({
      folder: root.folder,
      manifests: [...manifests, ...theirs],
      inherited: new Set([...manifests, ...theirs].filter(each => !root.manifests.includes(each))),
      reaches: [
        ...this.layout.reachesOf(root.folder),
        ...others.flatMap(({ folder }) =>
          this.layout.reachesOf(folder).map(reach => ({ ...reach, own: false })),
        ),
      ],
      files: this.#summariesOf(paths, ecosystem),
      ownFiles: this.#summariesOf(this.#owned.get(root.folder) ?? [], ecosystem),
      ecosystem,
      isForOthers: ecosystem === 'go' && !this.#isStarted(root),
      host: this.#hostOf(root) ?? this.#hostOfUsers(root),
      runIn: runIn.map(each => this.#serviceOf(each, ecosystem)),
    });
  }

  /** Some program uses a Go module; examples beside it are what its users write. */
  #isStarted(root: Root): boolean {
    let isStarted = this.#started.get(root);
    if (isStarted === undefined) {
      const own = (this.#owned.get(root.folder) ?? []).filter(path => path.endsWith('.go'));
      isStarted = [...this.#graph.usersOf(own)].some(
        path =>
          this.#summaries.get(path)?.traits.program === true &&
          (!besideModule.test(path) || besideModule.test(`${root.folder}/`)),
      );
      this.#started.set(root, isStarted);
    }
    return isStarted;
  }

  /** Where a program that starts others names what runs in the folder. */
  #hostOf({ folder }: Root): EvidencePlace | undefined {
    if (this.#hosts === undefined) {
      const hosts = new Map<string, EvidencePlace>();
      for (const { path, evidence } of this.#summaries.values())
        for (const { kind, name, at } of evidence) {
          if (kind !== 'host') continue;
          const started = name === anyFolder ? name : joinPath(folderOf(path), `./${name}`);
          if (started !== undefined) hosts.set(started, { path, at });
        }
      this.#hosts = hosts;
    }
    return this.#hosts.get(folder) ?? this.#hosts.get(anyFolder);
  }

  /** Of a package that sets up telemetry for programs that are all named there. */
  #hostOfUsers(root: Root): EvidencePlace | undefined {
    if (this.#hosts === undefined || this.#hosts.size === 0) return undefined;
    const [first, ...others] = this.#usersOf(root).map(user => this.#hostOf(user));
    return others.every(place => place !== undefined) ? first : undefined;
  }

  #summariesOf(paths: Iterable<string>, ecosystem: Ecosystem | undefined): FileSummary[] {
    return [...paths]
      .flatMap(path => this.#summaries.get(path) ?? [])
      .filter(({ language }) => ecosystem === undefined || ecosystems[language] === ecosystem);
  }
}

const isDeed = /^(?:consumes|produces|serves|streams|preloads|within|beside|ends|borrows|uses)$/;
