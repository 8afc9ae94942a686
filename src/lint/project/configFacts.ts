import { type ConfigFormat, configurationFormat } from './configKind.ts';
import { readProcfile, readScript } from './readers/commands.ts';
import { readDockerfile } from './readers/dockerfile.ts';
import { readDotenv } from './readers/dotenv.ts';
import { type ConfigReader, Draft } from './readers/draft.ts';
import { readGradle, readMaven, readProperties } from './readers/jvm.ts';
import {
  readAppSettings,
  readGoMod,
  readLaunch,
  readPackageJson,
  readRequirements,
  readSetupCfg,
} from './readers/manifests.ts';
import { readMsbuild } from './readers/msbuild.ts';
import { readPyproject } from './readers/pyproject.ts';
import { readYaml } from './readers/yamlFile.ts';
import type { ConfigFacts } from './types.ts';

/** Longer files are data, not configuration; in UTF-16 units. YAML is read at about 200,000 of them a second at worst. */
const maxLength = 500_000;
const maxYamlLength = 200_000;

const readers: { readonly [format in Exclude<ConfigFormat, 'yaml'>]: ConfigReader } = {
  dockerfile: readDockerfile,
  dotenv: readDotenv,
  procfile: readProcfile,
  script: readScript,
  packageJson: readPackageJson,
  goMod: readGoMod,
  requirements: readRequirements,
  pyproject: readPyproject,
  setup: readSetupCfg,
  maven: readMaven,
  gradle: readGradle,
  properties: readProperties,
  msbuild: readMsbuild,
  settings: readAppSettings,
  launch: readLaunch,
};

/**
 * What a configuration file says; undefined if a file of that name is not read. A broken file gives what it has.
 * @param path relative to the root, with `/`
 */
export function readConfiguration(path: string, source: string): ConfigFacts | undefined {
  const known = configurationFormat(path);
  const limit = known?.format === 'yaml' ? maxYamlLength : maxLength;
  if (known === undefined || source.length > limit) return undefined;
  const draft = new Draft();
  let { kind } = known;
  if (known.format === 'yaml') kind = readYaml(source, draft, kind);
  else readers[known.format](source, draft, path);
  return { path, kind, source, ...draft };
}
