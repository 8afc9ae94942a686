import * as vscode from 'vscode';

/** Manifests of the languages that have an OpenTelemetry SDK, outside folders of other people's code. */
const manifests =
  '**/{package.json,requirements*.txt,pyproject.toml,Pipfile,go.mod,pom.xml,build.gradle,build.gradle.kts,*.csproj,Cargo.toml,Gemfile,composer.json}';
const foreign = '**/{node_modules,vendor,dist,build,out,target,.venv,venv,.git,.vscode-test}/**';
const mostManifests = 50;
const largestManifest = 500_000;

/** How packages of OpenTelemetry and of SDKs built on it are called in manifests. */
const sdkMention =
  /opentelemetry|io\.opentelemetry|\botel[-_]|dd-trace|@azure\/monitor-opentelemetry|logfire|openinference/i;

/** The manifests of the workspace that name an OpenTelemetry SDK, at most a few; reads a bounded number of small files. */
export async function findSdks(token?: vscode.CancellationToken): Promise<vscode.Uri[]> {
  const files = await vscode.workspace.findFiles(manifests, foreign, mostManifests, token);
  const found: vscode.Uri[] = [];
  for (const file of files) {
    if (token?.isCancellationRequested) break;
    if (await mentionsSdk(file)) found.push(file);
  }
  return found;
}

async function mentionsSdk(file: vscode.Uri): Promise<boolean> {
  try {
    if ((await vscode.workspace.fs.stat(file)).size > largestManifest) return false;
    return sdkMention.test(new TextDecoder().decode(await vscode.workspace.fs.readFile(file)));
  } catch {
    // Deleted since it was found, or not readable: no SDK that we know of.
    return false;
  }
}
