import type { ConfigKind } from './types.ts';

/** What reads a configuration file. */
export type ConfigFormat =
  | 'dockerfile'
  | 'yaml'
  | 'dotenv'
  | 'procfile'
  | 'script'
  | 'packageJson'
  | 'goMod'
  | 'requirements'
  | 'pyproject'
  | 'setup'
  | 'maven'
  | 'gradle'
  | 'properties'
  | 'msbuild'
  | 'settings'
  | 'launch';

/** Base names, lower case. */
const formats: readonly (readonly [RegExp, ConfigFormat, ConfigKind])[] = [
  [/^(?:dockerfile|containerfile)(?:[._-].*)?$|\.(?:dockerfile|containerfile)$/, 'dockerfile', 'dockerfile'],
  [/^(?:docker-)?compose(?:[._-].*)?\.ya?ml$/, 'yaml', 'compose'],
  [/\.ya?ml$/, 'yaml', 'yaml'],
  [/^\.env(?:[._-].+)?$|^.+\.env$|^env[._-](?:example|sample|template)$/, 'dotenv', 'dotenv'],
  [/^procfile(?:\..+)?$/, 'procfile', 'procfile'],
  [/\.sh$|^(?:gnu)?makefile$|^justfile$/, 'script', 'procfile'],
  [/^package\.json$/, 'packageJson', 'manifest'],
  [/^go\.mod$/, 'goMod', 'manifest'],
  [/^(?:.*[-_.])?requirements(?:[-_.].*)?\.(?:txt|in)$/, 'requirements', 'manifest'],
  [/^(?:pyproject\.toml|pipfile)$/, 'pyproject', 'manifest'],
  [/^setup\.cfg$/, 'setup', 'manifest'],
  [/^pom\.xml$/, 'maven', 'manifest'],
  [/^build\.gradle(?:\.kts)?$|^libs\.versions\.toml$/, 'gradle', 'manifest'],
  [/^(?:gradle|application(?:-.+)?|bootstrap)\.properties$/, 'properties', 'settings'],
  [/\.csproj$|\.fsproj$|^directory\..+\.props$/, 'msbuild', 'manifest'],
  [/^appsettings(?:\..+)?\.json$/, 'settings', 'settings'],
  [/^(?:launch|launchsettings)\.json$/, 'launch', 'launch'],
];

/** Files of tools that look alike and say nothing about a running program; lower case, with the folder before them. */
const others =
  /(?:^|\/)(?:\.github|\.circleci|\.gitlab)\/|(?:^|\/)(?:pnpm-(?:lock|workspace)|mkdocs|codecov|\.[\w.-]+|_config)\.ya?ml$/;

/** `requirements/base.txt` */
const inRequirements = /(?:^|\/)requirements\/[^/]+\.(?:txt|in)$/;

/** How a configuration file is read, by its name; undefined for all other files. */
export function configurationFormat(
  path: string,
): { readonly format: ConfigFormat; readonly kind: ConfigKind } | undefined {
  const lower = path.toLowerCase();
  if (others.test(lower)) return undefined;
  const name = inRequirements.test(lower) ? 'requirements.txt' : lower.slice(lower.lastIndexOf('/') + 1);
  const found = formats.find(([pattern]) => pattern.test(name));
  return found && { format: found[1], kind: found[2] };
}
