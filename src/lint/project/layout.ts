import { addToGroup } from '../../base/groups.ts';
import type { LanguageId } from '../facts/syntax.ts';
import { kindOf } from './fileClass.ts';
import { folderOf, foldersUp, isInside, joinPath } from './paths.ts';
import type { ConfigDependency, ConfigFacts, FileSummary, Owner } from './types.ts';

export type Ecosystem = ConfigDependency['ecosystem'];

/** A folder that is a package or is built into an image: what runs there is a service, or code for one. */
export interface Root {
  readonly folder: string;
  readonly manifests: readonly ConfigFacts[];
  readonly ecosystems: ReadonlySet<Ecosystem>;
  readonly hasDockerfile: boolean;
}

/** What a configuration file says to a root: all of it (`scopes` undefined), or what is set for the named ones. */
export interface Reach {
  readonly config: ConfigFacts;
  readonly scopes: ReadonlySet<string> | undefined;
  /** Said to this root, and not only to all below a folder. */
  readonly own: boolean;
  /** It may as well be meant for another root. */
  readonly doubtful: boolean;
}

/** Folders of inputs to tests: nothing runs with what is in there. */
const sample = /(?:^|\/)(?:testdata|fixtures?|__fixtures__|__tests__|mocks?)\//i;

/** Images that have nothing but what runs a language: the program is mounted. */
const runsSource =
  /^(?:[\w.-]+\/)*(?:golang|node|deno|bun|python|pypy|openjdk|eclipse-temurin|amazoncorretto|maven|gradle|dotnet\/(?:sdk|aspnet|runtime))(?::|$)/;

/** Where code of a language gets its packages from. */
export const ecosystems: { readonly [language in LanguageId]: Ecosystem } = {
  javascript: 'npm',
  typescript: 'npm',
  tsx: 'npm',
  python: 'pypi',
  go: 'go',
  java: 'maven',
  csharp: 'nuget',
};

/** The roots of a project, which files they own, and which configuration files speak to them. */
export class Layout {
  readonly #roots = new Map<string, Root>();
  readonly #configs: readonly ConfigFacts[];
  readonly #files: readonly FileSummary[];
  readonly #copies = new Map<ConfigFacts, readonly string[]>();
  #reaches: Map<string, Reach[]> | undefined;
  #hosts: ReadonlyMap<string, Owner> | undefined;

  constructor(configs: readonly ConfigFacts[], files: readonly FileSummary[]) {
    this.#configs = configs;
    this.#files = files;
    for (const config of configs) {
      const folder = rootFolder(config);
      if (folder !== undefined) this.#add(folder, config);
    }
    for (const { path } of files) if (/(?:^|\/)setup\.py$/.test(path)) this.#add(folderOf(path), undefined);
    const application = files.filter(({ path, traits }) => kindOf(path, traits) === 'application');
    const folders = new Set(application.flatMap(({ path }) => [...foldersUp(folderOf(path))]));
    for (const config of configs)
      if (config.kind === 'dockerfile' && folders.has(folderOf(config.path)))
        this.#add(folderOf(config.path), config);
  }

  get roots(): readonly Root[] {
    return [...this.#roots.values()];
  }

  /** The nearest root that is for the language, else the nearest of all; undefined if nothing claims the file. */
  ownerOf(path: string, language?: LanguageId): Root | undefined {
    let nearest: Root | undefined;
    for (const folder of foldersUp(folderOf(path))) {
      const root = this.#roots.get(folder);
      if (root === undefined) continue;
      nearest ??= root;
      const known = root.ecosystems;
      if (language === undefined || known.size === 0 || known.has(ecosystems[language])) return root;
    }
    return nearest;
  }

  /**
   * The manifests that count for a root: its own, and for what they are silent about those of the nearest folder above
   * that has some.
   */
  manifestsOf(root: Root): readonly ConfigFacts[] {
    const found = [...root.manifests];
    const known = new Set(root.ecosystems);
    for (const folder of foldersUp(root.folder)) {
      const above = this.#roots.get(folder);
      if (above === undefined || above === root) continue;
      const more = [...above.ecosystems].filter(ecosystem => !known.has(ecosystem));
      // A parent of Maven, Gradle or MSBuild hands its dependencies down in any case.
      const inherits = above.ecosystems.has('maven') || above.ecosystems.has('nuget');
      if (more.length > 0 || inherits) found.push(...above.manifests);
      for (const ecosystem of more) known.add(ecosystem);
    }
    return found;
  }

  /** The configuration files, manifests aside, that say something to the root. */
  reachesOf(folder: string): readonly Reach[] {
    this.#reaches ??= this.#readReaches();
    return this.#reaches.get(folder) ?? [];
  }

  /** Whose program answers at a host: Compose and Kubernetes call what they start by its name. */
  ownerOfHost(host: string): Owner | undefined {
    this.#hosts ??= this.#readHosts();
    const [name] = host.toLowerCase().split('.');
    return this.#hosts.get(name) ?? (this.#called([name]).length > 0 ? 'own' : undefined);
  }

  /** What is built here is one's own; of what only has an image the name must be that of a root. */
  #readHosts(): ReadonlyMap<string, Owner> {
    const hosts = new Map<string, Owner>();
    for (const { kind, services } of this.#configs) {
      if (kind !== 'compose' && kind !== 'kubernetes') continue;
      for (const { name, folder, aliases = [], image = '' } of services) {
        const isOwn =
          folder !== undefined || runsSource.test(image) || this.#called([name, ...aliases]).length > 0;
        // Kubernetes has nothing but images.
        if (!isOwn && kind === 'kubernetes') continue;
        for (const each of [name, ...(kind === 'compose' ? aliases.slice(0, 1) : aliases)])
          if (isOwn || !hosts.has(each)) hosts.set(each.toLowerCase(), isOwn ? 'own' : 'others');
      }
    }
    return hosts;
  }

  /** Roots whose images hold a file of elsewhere: `COPY shared/tools.py ./`. */
  copiersOf(path: string): readonly Root[] {
    const owner = this.ownerOf(path);
    return this.roots.filter(
      root => root !== owner && this.copiedInto(root).some(from => isInside(path, from)),
    );
  }

  /** The files and folders of elsewhere that the image of a root holds. */
  copiedInto({ folder, manifests }: Root): readonly string[] {
    return manifests.flatMap(config =>
      config.kind === 'dockerfile'
        ? this.#copied(config).filter(from => from !== '' && !isInside(folder, from))
        : [],
    );
  }

  #add(folder: string, config: ConfigFacts | undefined): void {
    const known = this.#roots.get(folder);
    const found = new Set([
      ...(known?.ecosystems ?? []),
      ...(config === undefined ? (['pypi'] as const) : ecosystemsOf(config)),
    ]);
    this.#roots.set(folder, {
      folder,
      manifests: [...(known?.manifests ?? []), ...(config === undefined ? [] : [config])],
      ecosystems: found,
      hasDockerfile: known?.hasDockerfile === true || config?.kind === 'dockerfile',
    });
  }

  #readReaches(): Map<string, Reach[]> {
    const reaches = new Map<string, Reach[]>();
    const say = (folder: string, reach: Reach) => {
      addToGroup(reaches, folder, reach);
    };
    const matched = new Map<ConfigFacts, Map<string, Set<string>>>();
    const claimed = new Set<string>();
    for (const config of this.#configs) {
      if (config.kind === 'manifest' || sample.test(config.path)) continue;
      const scopes = this.#scopesOf(config);
      matched.set(config, scopes);
      for (const roots of scopes.values()) for (const folder of roots) claimed.add(folder);
    }
    for (const [config, scopes] of matched) {
      const places = this.#placesOf(config, scopes);
      const named = new Map<string, Set<string>>();
      for (const [scope, roots] of scopes)
        for (const folder of roots) named.set(folder, (named.get(folder) ?? new Set()).add(scope));
      const unsure = [...places].filter(([folder, own]) => !own && !named.has(folder)).length > 1;
      for (const [folder, own] of places) {
        const mine = named.get(folder);
        if (scopes.size === 0) say(folder, { config, scopes: undefined, own, doubtful: !own && unsure });
        else if (mine !== undefined) say(folder, { config, scopes: mine, own: true, doubtful: false });
        else {
          // Nobody knows whom it is for: it may be for a root that nothing else names.
          const nobodys = [...scopes].filter(([, roots]) => roots.size === 0).map(([scope]) => scope);
          const shown = new Set(claimed.has(folder) ? [] : nobodys);
          say(folder, { config, scopes: shown, own: false, doubtful: unsure });
        }
      }
    }
    return reaches;
  }

  /** The names that a file sets something for → the roots that they stand for. */
  #scopesOf(config: ConfigFacts): Map<string, Set<string>> {
    const scopes = new Map<string, Set<string>>();
    if (config.kind === 'dockerfile' || config.kind === 'launch' || config.kind === 'procfile') return scopes;
    const variables = this.#variablesFor(config);
    for (const { name, folder, aliases = [], dockerfile } of config.services) {
      const roots = scopes.get(name) ?? new Set();
      scopes.set(name, roots);
      const context = folder === undefined ? undefined : interpolated(folder, variables);
      const file = dockerfile === undefined ? undefined : interpolated(dockerfile, variables);
      const built = context === undefined ? [] : this.#builtFrom(config, context, file);
      let named = built.length > 0 ? [] : this.#called([name, ...aliases]);
      // Charts have a file for each service, and call its container `server`.
      if (built.length + named.length === 0 && config.kind === 'kubernetes')
        named = this.#called([config.path.replace(/\.\w+$/, '')]);
      // Of several that are called so it is for the one that it lies in.
      if (named.length > 1 && this.#roots.has(folderOf(config.path))) named = [folderOf(config.path)];
      const home = context === undefined ? undefined : joinPath(folderOf(config.path), `./${context}`);
      if (built.length + named.length === 0 && home !== undefined && this.#roots.has(home)) built.push(home);
      for (const root of [...built, ...named]) roots.add(root);
    }
    for (const { scope } of [...config.environment, ...config.commands])
      if (scope !== undefined && !scopes.has(scope)) scopes.set(scope, new Set(this.#called([scope])));
    return scopes;
  }

  /** The roots that an image is built from, as far as that is more than the folder of the file itself. */
  #builtFrom(config: ConfigFacts, context: string, dockerfile: string | undefined): string[] {
    const base = folderOf(config.path);
    const folder = joinPath(base, `./${context}`) ?? '';
    const file = dockerfile === undefined ? undefined : joinPath(base, `./${dockerfile}`);
    if (file !== undefined) {
      for (const home of foldersUp(folderOf(file)))
        if (home !== folder && isInside(home, folder) && this.#roots.has(home)) return [home];
      const built = this.#configs.find(({ path }) => path === file);
      const copied = built === undefined ? [] : this.#copied(built);
      const roots = copied.filter(from => from !== '' && from !== folder && this.#roots.has(from));
      if (roots.length > 0) return roots;
    }
    return folder !== base && this.#roots.has(folder) ? [folder] : [];
  }

  /** The `.env` file beside a Compose file fills in its variables. */
  #variablesFor(config: ConfigFacts): ReadonlyMap<string, string> {
    const variables = new Map<string, string>();
    if (config.kind !== 'compose') return variables;
    const beside = joinPath(folderOf(config.path), './.env');
    for (const { path, environment } of this.#configs)
      if (path === beside)
        for (const { name, value } of environment) if (value !== undefined) variables.set(name, value);
    return variables;
  }

  /** Roots of that name, by their folders or manifests. */
  #called(names: readonly string[]): string[] {
    const wanted = new Set(names.map(plainName));
    const found = this.roots.filter(
      ({ folder, manifests }) =>
        (folder !== '' && wanted.has(plainName(folder))) ||
        manifests.some(
          ({ kind, services }) =>
            kind === 'manifest' && services.some(({ name }) => wanted.has(plainName(name))),
        ),
    );
    return found.map(({ folder }) => folder);
  }

  /** The roots that a file speaks to; whether it is theirs alone. */
  #placesOf(config: ConfigFacts, scopes: Map<string, Set<string>>): Map<string, boolean> {
    const places = new Map<string, boolean>();
    for (const roots of scopes.values()) for (const folder of roots) places.set(folder, true);
    const copied = config.kind === 'dockerfile' ? this.#copied(config).filter(from => from !== '') : [];
    const built = copied.flatMap(from => this.roots.filter(({ folder }) => isInside(folder, from)));
    for (const { folder } of built) places.set(folder, true);
    const owner = this.ownerOf(config.path);
    if (owner !== undefined && built.length === 0 && scopes.size === 0) places.set(owner.folder, true);
    if (built.length > 0 && owner?.folder === folderOf(config.path)) places.set(owner.folder, true);
    // Said for a folder: for all that is below it, or below the nearest folder above that has something below it.
    for (const folder of foldersUp(homeOf(config))) {
      const below = this.roots.filter(root => isInside(root.folder, folder));
      if (below.length === 0) continue;
      if (built.length === 0)
        for (const root of below) if (!places.has(root.folder)) places.set(root.folder, false);
      break;
    }
    return places;
  }

  /** What a Dockerfile copies, relative to the root; the context is its own folder or one above. */
  #copied(config: ConfigFacts): readonly string[] {
    let copied = this.#copies.get(config);
    if (copied !== undefined) return copied;
    const home = folderOf(config.path);
    copied = config.copies.flatMap(({ from }) => {
      const plain = from.replace(/\/?\*.*$/, '');
      const places = [...foldersUp(home)].map(folder => joinPath(folder, `./${plain}`));
      return places.find(place => place !== undefined && this.#exists(place)) ?? [];
    });
    this.#copies.set(config, copied);
    return copied;
  }

  #exists(path: string): boolean {
    return path === '' || this.#files.some(file => isInside(file.path, path)) || this.#roots.has(path);
  }
}

/** `${NAME}`, `${NAME:-default}`, `$NAME`; what is not known is left as it is. */
function interpolated(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(
    /\$\{(\w+)(?::?[-?]([^}]*))?\}|\$(\w+)/g,
    (whole, braced: string | undefined, fallback: string | undefined, plain: string | undefined) =>
      variables.get(braced ?? plain ?? '') ?? fallback ?? whole,
  );
}

/** Where a file's word begins to count: the folder that it lies in, without those that only hold configuration. */
function homeOf({ path }: ConfigFacts): string {
  return folderOf(path).replace(
    /(?:^|\/)(?:\.vscode|\.docker|Properties|src\/main\/resources|requirements)$/,
    '',
  );
}

/** The folder that a manifest makes a root. */
function rootFolder({ path, kind, dependencies, services, commands }: ConfigFacts): string | undefined {
  if (kind !== 'manifest') return undefined;
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (/^(?:Directory\..*|libs\.versions\.toml|gradle\.properties)$/.test(name)) return undefined;
  // `{ "type": "module" }` only.
  if (dependencies.length + services.length + commands.length === 0) return undefined;
  return folderOf(path).replace(/(?:^|\/)requirements$/, '');
}

function ecosystemsOf({ path, kind, dependencies }: ConfigFacts): Iterable<Ecosystem> {
  if (kind !== 'manifest') return [];
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === 'package.json') return ['npm'];
  if (name === 'go.mod') return ['go'];
  if (/^(?:pom\.xml|build\.gradle)/.test(name)) return ['maven'];
  if (/proj$/.test(name)) return ['nuget'];
  return new Set<Ecosystem>(['pypi', ...dependencies.map(({ ecosystem }) => ecosystem)]);
}

/** `@shop/Orders-Service`, `src/orders` and `orders_svc` are one name. */
function plainName(name: string): string {
  return name
    .slice(name.lastIndexOf('/') + 1)
    .toLowerCase()
    .replaceAll(/[_.\s]/g, '-')
    .replace(/-?(?:service|svc|server|app)$/, '')
    .replaceAll('-', '');
}
