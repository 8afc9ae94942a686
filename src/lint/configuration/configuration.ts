import ignore from 'ignore';
import type { RuleInfo } from '../../model/rule.ts';
import type { SensitiveSettings } from '../../semconv/sensitive/options.ts';
import type { RuleOptions } from '../rules/rule.ts';
import type { LintSettings, RuleLevel } from './spanlineJson.ts';

/** Settings with the folder that they are for, relative to the root; '' for the root itself. */
export interface FolderSettings {
  readonly folder: string;
  readonly settings: LintSettings;
}

/** What holds for one file. */
export interface FileConfiguration {
  readonly ignored: boolean;
  readonly strict: boolean;
  levelOf(rule: RuleInfo): RuleLevel;
  optionsOf(rule: RuleInfo): RuleOptions;
}

/** The settings of all folders, the outer before the inner; for each file the later ones win. */
export class LintConfiguration {
  readonly #folders: readonly FolderSettings[];
  readonly #files = new Map<string, FileConfiguration>();
  readonly #matchers = new Map<readonly string[], (path: string) => boolean>();

  /** @param folders in any order; of one folder the later ones win (the editor's settings after `spanline.json`) */
  constructor(folders: readonly FolderSettings[] = []) {
    this.#folders = [...folders].sort((a, b) => depthOf(a.folder) - depthOf(b.folder));
  }

  /** @param path relative to the root, with `/` */
  of(path: string): FileConfiguration {
    let known = this.#files.get(path);
    if (known === undefined) {
      known = this.#read(path);
      this.#files.set(path, known);
    }
    return known;
  }

  /** What any folder calls sensitive, and what not: of a trace nobody knows which of them it comes from. */
  get sensitive(): SensitiveSettings | undefined {
    const all = this.#folders.flatMap(({ settings: { sensitive } }) => sensitive ?? []);
    if (all.length === 0) return undefined;
    const keys = all.map(each => each.keys ?? {});
    const values = all.map(each => each.values ?? {});
    return {
      keys: {
        extra: keys.flatMap(({ extra = [] }) => extra),
        ignore: keys.flatMap(({ ignore = [] }) => ignore),
      },
      values: {
        extra: values.flatMap(({ extra = [] }) => extra),
        allow: values.flatMap(({ allow = [] }) => allow),
        detectors: Object.assign({}, ...values.map(({ detectors }) => detectors)),
      },
    };
  }

  #read(path: string): FileConfiguration {
    const layers: NonNullable<LintSettings['rules']>[] = [];
    let ignored = false;
    let strict = false;
    const common: Record<string, unknown> = {};
    for (const { folder, settings } of this.#folders) {
      if (folder !== '' && !path.startsWith(`${folder}/`)) continue;
      const below = folder === '' ? path : path.slice(folder.length + 1);
      if (settings.ignore !== undefined && this.#matches(settings.ignore, below)) ignored = true;
      if (settings.profile !== undefined) strict = settings.profile === 'strict';
      if (settings.sensitive !== undefined) common.sensitive = settings.sensitive;
      if (settings.propagatingClients !== undefined)
        common.propagatingClients = [
          ...((common.propagatingClients as string[] | undefined) ?? []),
          ...settings.propagatingClients,
        ];
      if (settings.rules !== undefined) layers.push(settings.rules);
      for (const { paths, rules } of settings.overrides ?? [])
        if (this.#matches(paths, below)) layers.push(rules);
    }
    return {
      ignored,
      strict,
      levelOf: rule =>
        layers.reduce<RuleLevel>(
          (level, rules) => settingOf(rules, rule)?.[0] ?? level,
          rule.offByDefault === true ? 'off' : rule.severity,
        ),
      optionsOf: rule => Object.assign({}, common, ...layers.map(rules => settingOf(rules, rule)?.[1])),
    };
  }

  #matches(patterns: readonly string[], path: string): boolean {
    let matcher = this.#matchers.get(patterns);
    if (matcher === undefined) {
      const list = ignore().add([...patterns]);
      matcher = each => list.ignores(each);
      this.#matchers.set(patterns, matcher);
    }
    return matcher(path);
  }
}

/** The whole id or the name before the longest prefix. */
function settingOf(
  rules: NonNullable<LintSettings['rules']>,
  { id, name }: RuleInfo,
): readonly [RuleLevel, RuleOptions?] | undefined {
  const keys = Object.keys(rules).filter(key => key === name || (/^SPL\d*$/.test(key) && id.startsWith(key)));
  const [best] = keys.sort((a, b) => weight(b, id, name) - weight(a, id, name));
  const setting = best === undefined ? undefined : rules[best];
  return setting === undefined ? undefined : typeof setting === 'string' ? [setting] : setting;
}

function weight(key: string, id: string, name: string): number {
  return key === id || key === name ? Number.POSITIVE_INFINITY : key.length;
}

function depthOf(folder: string): number {
  return folder === '' ? 0 : folder.split('/').length;
}
