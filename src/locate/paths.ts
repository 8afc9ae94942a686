/** Paths as programs report them: URLs, bundlers' names, containers' paths, other systems' spellings. */

/** Segments below which code is somebody else's. */
const libraryFolder =
  /(^|\/)(node_modules|bower_components|site-packages|dist-packages|vendor|gems|\.cargo\/registry|\.cargo\/git|pkg\/mod|\.nuget|\.m2|\.pnpm|\.yarn|\.venv|venv)\//;
/** Places of runtimes: `node:fs`, `<frozen os>`, `[eval]`, installed toolchains, Go's and Java's own packages, module versions. */
const runtimePlace =
  /^node:|^<|^\[|^\/rustc\/|^\/usr\/(local\/)?(lib|go|share)\/|\/lib\/python\d|^(internal|runtime|net|os|sync)\/.*\.go$|^(java|javax|jdk|sun|kotlin|scala)\/|@v\d+\.\d+/;
const generatedPath = /(^|\/)(dist|build|out|lib|target|\.next|\.nuxt|\.output|\.svelte-kit|\.turbo)\//;

/**
 * One spelling for all: `/` between segments, no scheme, no query. What a bundler names relative to a project stays relative.
 */
export function normalizePath(raw: string): string {
  let path = raw.trim();
  const scheme = /^([a-z][a-z\d+.-]+):\/\//i.exec(path)?.[1].toLowerCase();
  if (scheme !== undefined) path = withoutScheme(path, scheme);
  path = path.replaceAll('\\', '/').replace(/^\/\/(?:wsl\.localhost|wsl\$)\/[^/]+/i, '');
  path = path
    .replace(/^\/@fs\//, '/')
    .replace(/^\/proc\/self\/cwd\//, '')
    .replace(/^\/_\//, '');
  path = path.replace(/^.*\/execroot\/[^/]+\//, '').replace(/^\/([A-Za-z]:\/)/, '$1');
  path = path.replace(/^([a-z]):\//, (_, drive: string) => `${drive.toUpperCase()}:/`);
  return withoutDots(path);
}

function withoutScheme(path: string, scheme: string): string {
  let rest = path.slice(scheme.length + 3).replace(/[?#].*$/, '');
  try {
    rest = decodeURIComponent(rest);
  } catch {
    // A lone % is part of the name.
  }
  switch (scheme) {
    case 'file':
      return rest.replace(/^localhost\//, '/');
    case 'webpack':
    case 'webpack-internal':
    case 'turbopack':
      return rest
        .replace(/^[^/.]*\//, '')
        .replace(/^(?:\([^)]*\)|\[project\])\//, '')
        .replace(/^\.\//, '');
    case 'http':
    case 'https':
      return rest.replace(/^[^/]*\//, '').replace(/^@fs\//, '/');
    default:
      return path;
  }
}

function withoutDots(path: string): string {
  if (!/(^|\/)\.{0,2}(\/|$)/.test(path)) return path;
  const kept: string[] = [];
  for (const [index, segment] of path.split('/').entries()) {
    if (segment === '.' || (segment === '' && index > 0)) continue;
    if (segment === '..' && kept.length > 0 && kept[kept.length - 1] !== '') kept.pop();
    else if (segment !== '..') kept.push(segment);
  }
  return kept.join('/');
}

/** A path under which the same file is known on the other side of WSL; undefined if there is none. */
export function otherSpelling(path: string): string | undefined {
  const mounted = /^\/mnt\/([a-z])\/(.*)$/.exec(path);
  if (mounted !== null) return `${mounted[1].toUpperCase()}:/${mounted[2]}`;
  const drive = /^([A-Z]):\/(.*)$/.exec(path);
  return drive === null ? undefined : `/mnt/${drive[1].toLowerCase()}/${drive[2]}`;
}

export function isAbsolute(path: string): boolean {
  return path.startsWith('/') || /^[A-Za-z]:\//.test(path);
}

/** Whether a path of a running program is that of a library or of the runtime itself. */
export function isLibraryPath(path: string): boolean {
  return isInLibraryFolder(path) || runtimePlace.test(path);
}

/** Whether a file of the workspace lies among installed packages. */
export function isInLibraryFolder(path: string): boolean {
  return libraryFolder.test(path);
}

/** Whether a path lies where build tools write; `lib` and `build` may still be sources. */
export function isGeneratedPath(path: string): boolean {
  return generatedPath.test(path) || /\.(min|bundle)\.[cm]?js$/.test(path);
}

export function isTestPath(path: string): boolean {
  return /(^|\/)(tests?|__tests__|spec|fixtures|testdata|mocks|__mocks__)\/|[._-](test|spec)s?\.\w+$|(^|\/)test_[^/]*$/i.test(
    path,
  );
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function segmentsOf(path: string): string[] {
  return path.split('/').filter(segment => segment !== '');
}

/** Number of equal segments at the end. */
export function equalTail(a: readonly string[], b: readonly string[], ignoreCase: boolean): number {
  const same = (x: string, y: string) => x === y || (ignoreCase && x.toLowerCase() === y.toLowerCase());
  let count = 0;
  while (count < a.length && count < b.length && same(a[a.length - 1 - count], b[b.length - 1 - count]))
    count++;
  return count;
}
