import type { Severity } from '../../model/rule.ts';
import type { SensitiveSettings } from '../../semconv/sensitive/options.ts';
import { boundedPattern } from '../../semconv/sensitive/patterns.ts';

export type RuleLevel = Severity | 'off';

/** A `spanline.json`, or the settings of the editor in the same shape. */
export interface LintSettings {
  /** `strict` shows findings of low confidence too. */
  readonly profile?: 'default' | 'strict';
  /** Rule id, prefix (`SPL4`) or name → level, with options. The longest id wins. */
  readonly rules?: Readonly<
    Record<string, RuleLevel | readonly [RuleLevel, Readonly<Record<string, unknown>>]>
  >;
  readonly overrides?: readonly {
    readonly paths: readonly string[];
    readonly rules: NonNullable<LintSettings['rules']>;
  }[];
  /** Patterns as in `.gitignore`, from the file's own folder. */
  readonly ignore?: readonly string[];
  /** Functions and clients that propagate context by themselves: `./lib/http#api`, `acme.http.Client`. */
  readonly propagatingClients?: readonly string[];
  readonly sensitive?: SensitiveSettings;
  /** Path of the baseline, from the file's own folder. */
  readonly baseline?: string;
}

const levels = new Set(['error', 'warning', 'info', 'hint', 'off']);
const known = new Set([
  '$schema',
  'profile',
  'rules',
  'overrides',
  'ignore',
  'propagatingClients',
  'sensitive',
  'baseline',
]);

/**
 * Checks settings that somebody wrote by hand.
 * @param isRule whether a rule id, prefix or name exists
 * @returns what is wrong, one sentence each; empty if nothing is
 */
export function problemsOfSettings(value: unknown, isRule: (name: string) => boolean): string[] {
  if (!isRecord(value)) return ['the file must hold an object'];
  const problems = Object.keys(value)
    .filter(key => !known.has(key))
    .map(key => `unknown field "${key}"; there are ${[...known].slice(1).join(', ')}`);
  if (value.profile !== undefined && value.profile !== 'default' && value.profile !== 'strict')
    problems.push('"profile" must be "default" or "strict"');
  problems.push(...problemsOfRules(value.rules, 'rules', isRule));
  if (value.overrides !== undefined) {
    if (!Array.isArray(value.overrides)) problems.push('"overrides" must be a list');
    else
      value.overrides.forEach((each: unknown, index) => {
        if (!isRecord(each) || !isTexts(each.paths))
          problems.push(`"overrides[${index}].paths" must be a list of patterns`);
        else problems.push(...problemsOfRules(each.rules, `overrides[${index}].rules`, isRule));
      });
  }
  for (const key of ['ignore', 'propagatingClients'] as const)
    if (value[key] !== undefined && !isTexts(value[key])) problems.push(`"${key}" must be a list of texts`);
  if (value.baseline !== undefined && typeof value.baseline !== 'string')
    problems.push('"baseline" must be a path');
  problems.push(...problemsOfSensitive(value.sensitive));
  return problems;
}

function problemsOfRules(rules: unknown, at: string, isRule: (name: string) => boolean): string[] {
  if (rules === undefined) return [];
  if (!isRecord(rules)) return [`"${at}" must be an object of rule → level`];
  return Object.entries(rules).flatMap(([name, setting]) => {
    if (!isRule(name)) return [`"${at}": there is no rule ${name}`];
    const [level, options] = Array.isArray(setting) ? setting : [setting, {}];
    if (!levels.has(level)) return [`"${at}.${name}" must be one of ${[...levels].join(', ')}`];
    return isRecord(options) ? [] : [`"${at}.${name}": the options must be an object`];
  });
}

function problemsOfSensitive(sensitive: unknown): string[] {
  if (sensitive === undefined) return [];
  if (!isRecord(sensitive)) return ['"sensitive" must be an object'];
  const problems: string[] = [];
  const { keys, values } = sensitive;
  if (keys !== undefined && (!isRecord(keys) || ![keys.extra, keys.ignore].every(isTextsOrAbsent)))
    problems.push('"sensitive.keys" must have lists of texts: extra, ignore');
  if (values === undefined) return problems;
  if (!isRecord(values)) return [...problems, '"sensitive.values" must be an object'];
  if (!isTextsOrAbsent(values.allow)) problems.push('"sensitive.values.allow" must be a list of patterns');
  const extra = Array.isArray(values.extra) ? values.extra : [];
  for (const each of extra)
    if (!isRecord(each) || typeof each.name !== 'string' || typeof each.pattern !== 'string')
      problems.push('"sensitive.values.extra": each needs a name and a pattern');
  for (const pattern of [...extra.map(each => isRecord(each) && each.pattern), ...texts(values.allow)])
    if (typeof pattern === 'string') {
      const compiled = boundedPattern(pattern);
      if (typeof compiled === 'string')
        problems.push(`"sensitive.values": ${JSON.stringify(pattern)} ${compiled}`);
    }
  return problems;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(each => typeof each === 'string');
}

function isTextsOrAbsent(value: unknown): boolean {
  return value === undefined || isTexts(value);
}

function texts(value: unknown): string[] {
  return isTexts(value) ? value : [];
}
