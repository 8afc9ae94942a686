import * as vscode from 'vscode';
import { findSdks } from '../launch/sdkDetection.ts';
import type { EngineLink } from '../link/engineLink.ts';
import { readSetting } from '../settings.ts';
import type { TracesModel } from '../traces/tracesModel.ts';
import type { FoundVariable, Observations } from './diagnosis.ts';

const { l10n } = vscode;
/** The operating system's name in `terminal.integrated.env.*`. */
const platform = { win32: 'windows', darwin: 'osx' }[process.platform as string] ?? 'linux';

/** Looks at all that may keep traces away. */
export async function observe(link: EngineLink, traces: TracesModel): Promise<Observations> {
  const status = link.state === 'listening' ? await link.request('status', {}) : undefined;
  const shown = traces.roots.length > 0;
  return {
    receiver: link.state,
    failure: link.failure,
    status,
    variables: [...environmentVariables(), ...terminalVariables(), ...launchVariables()],
    sdks: (await findSdks()).map(file => vscode.workspace.asRelativePath(file)),
    hasFolder: (vscode.workspace.workspaceFolders ?? []).length > 0,
    isTrusted: vscode.workspace.isTrusted,
    injectsEnvironment: readSetting('launch.injectEnvironment'),
    hiddenTraces: shown ? 0 : (status?.tracesStored ?? 0),
    isPaused: traces.isPaused,
  };
}

function environmentVariables(): FoundVariable[] {
  return otelVariables(process.env, l10n.t('the environment of this window'));
}

function terminalVariables(): FoundVariable[] {
  const name = `terminal.integrated.env.${platform}`;
  return otelVariables(vscode.workspace.getConfiguration().get(name), name);
}

function launchVariables(): FoundVariable[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.flatMap(({ uri }) => {
    const launches = vscode.workspace.getConfiguration('launch', uri).get('configurations');
    if (!Array.isArray(launches)) return [];
    return launches.flatMap(launch =>
      otelVariables(launch?.env, l10n.t('launch configuration “{0}”', String(launch?.name))),
    );
  });
}

/** Settings are what somebody has typed, of any shape. */
function otelVariables(environment: unknown, place: string): FoundVariable[] {
  if (typeof environment !== 'object' || environment === null) return [];
  return Object.entries(environment).flatMap(([name, value]) =>
    name.startsWith('OTEL_') && value !== null ? [{ name, value: String(value), place }] : [],
  );
}
