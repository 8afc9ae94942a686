import * as vscode from 'vscode';

/** Manifests of the languages that have an OpenTelemetry SDK. */
const manifest =
  /^(package\.json|requirements.*\.txt|pyproject\.toml|Pipfile|go\.mod|pom\.xml|build\.gradle(\.kts)?|.*\.csproj|Cargo\.toml|Gemfile|composer\.json)$/;
/** Folders of other people's code, and of what is made from one's own. */
const foreignFolder = /^(node_modules|vendor|dist|build|out|target|bin|obj|venv|__pycache__|\..*)$/;
/** Bounds of the search: manifests lie near the top. */
const mostFolders = 200;
export const mostManifests = 50;
const largestManifest = 500_000;

/** How packages of OpenTelemetry and of SDKs built on it are called in manifests. */
const sdkMention = /opentelemetry|\botel[-_]|dd-trace|@azure\/monitor-opentelemetry|logfire|openinference/i;

/** The manifests of the workspace that name an OpenTelemetry SDK; looks into a bounded number of folders and small files. */
export async function findSdks(token?: vscode.CancellationToken): Promise<vscode.Uri[]> {
  const found: vscode.Uri[] = [];
  let read = 0;
  for await (const file of manifests()) {
    if (token?.isCancellationRequested || read++ === mostManifests) break;
    if (sdkMention.test(await readManifest(file))) found.push(file);
  }
  return found;
}

/** Breadth first. Not with `findFiles`, which starts a search process and reads the whole tree. */
export async function* manifests(): AsyncGenerator<vscode.Uri> {
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri);
  for (let at = 0; at < Math.min(folders.length, mostFolders); at++) {
    for (const [name, type] of await entriesOf(folders[at])) {
      const uri = vscode.Uri.joinPath(folders[at], name);
      if (type === vscode.FileType.Directory && !foreignFolder.test(name)) folders.push(uri);
      else if (type === vscode.FileType.File && manifest.test(name)) yield uri;
    }
  }
}

async function entriesOf(folder: vscode.Uri): Promise<[string, vscode.FileType][]> {
  try {
    return await vscode.workspace.fs.readDirectory(folder);
  } catch {
    // Gone, or not ours to read: nothing in it that we know of.
    return [];
  }
}

/** Empty for one that is too large, or that cannot be read. */
export async function readManifest(file: vscode.Uri): Promise<string> {
  try {
    if ((await vscode.workspace.fs.stat(file)).size > largestManifest) return '';
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  } catch {
    return '';
  }
}
