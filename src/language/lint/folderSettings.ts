import { type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver/node';
import { type FolderSettings, LintConfiguration } from '../../lint/configuration/configuration.ts';
import { type LintSettings, problemsOfSettings } from '../../lint/configuration/spanlineJson.ts';
import { isRule } from '../../lint/rules/allRules.ts';
import type { FolderLintOptions } from '../../protocol/lint.ts';

/** The `spanline.json` files of a workspace, with the editor's settings on top of them. */
export class FolderSettingsReader {
  readonly #options: readonly FolderLintOptions[];
  readonly #folderOf: (uri: string) => string | undefined;
  readonly #files = new Map<string, { settings: LintSettings; problems: readonly string[] }>();
  #version = 0;

  /** @param folderOf path of a workspace folder, as paths of its files begin; '' for the only one */
  constructor(options: readonly FolderLintOptions[], folderOf: (uri: string) => string | undefined) {
    this.#options = options;
    this.#folderOf = folderOf;
  }

  /** Rises with every change. */
  get version(): number {
    return this.#version;
  }

  /** Takes note of a file if it is a `spanline.json`; settings that are wrong are left out. */
  read(path: string, source: string): void {
    if (!/(?:^|\/)spanline\.json$/.test(path)) return;
    this.#version++;
    try {
      const settings: unknown = JSON.parse(source);
      const problems = problemsOfSettings(settings, isRule);
      this.#files.set(path, { settings: problems.length > 0 ? {} : (settings as LintSettings), problems });
    } catch (error) {
      this.#files.set(path, { settings: {}, problems: [(error as Error).message] });
    }
  }

  forget(path: string): void {
    if (this.#files.delete(path)) this.#version++;
  }

  configuration(): LintConfiguration {
    const files = [...this.#files].map(([path, { settings }]) => ({
      folder: path.slice(0, Math.max(0, path.lastIndexOf('/'))),
      settings,
    }));
    const editor = this.#options.flatMap(({ uri, ...options }) => {
      const folder = this.#folderOf(uri);
      return folder === undefined ? [] : [{ folder, ...options }];
    });
    // The editor's profile is a default only: a project's own word stands. Its rules are the user's last word.
    return new LintConfiguration([
      ...editor.map(({ folder, profile }) => ({ folder, settings: { profile } })),
      ...files,
      ...editor.map(({ folder, enabled, rules }): FolderSettings => {
        const valid = problemsOfSettings({ rules }, isRule).length === 0;
        const own = valid ? { rules: rules as LintSettings['rules'] } : {};
        return { folder, settings: enabled ? own : { ...own, ignore: ['*'] } };
      }),
    ]);
  }

  problems(
    uriOf: (path: string) => string | undefined,
  ): { readonly uri: string; readonly diagnostic: Diagnostic }[] {
    return [...this.#files].flatMap(([path, { problems }]) => {
      const uri = uriOf(path);
      if (uri === undefined) return [];
      return problems.map(message => ({
        uri,
        diagnostic: {
          range: { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } },
          severity: DiagnosticSeverity.Error,
          source: 'spanline',
          message: `These settings are not used: ${message}`,
        },
      }));
    });
  }
}
