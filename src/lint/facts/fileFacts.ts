import type { FileClass, Project, Service } from '../project/types.ts';
import { type Kept, keptOf } from './kept.ts';
import { Names } from './names.ts';
import type { CallExpression, FileSyntax, LanguageId, SyntaxUnit } from './syntax.ts';

/** A kind of facts: made of a file at most once, when a rule first asks for it. */
export type FactReader<T> = (file: FileFacts) => T;

/**
 * Facts of a part of a file, which depend on nothing but what the names in it mean, what `FileFacts.says`, and other
 * files. They hold on to nothing but syntax.
 */
export type UnitReader<T> = (file: FileFacts, unit: SyntaxUnit) => T;

/** The same of a call. */
export type CallReader<T> = (file: FileFacts, call: CallExpression) => T;

/** A source file with all that is read out of it. */
export class FileFacts {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly syntax: FileSyntax;
  readonly names: Names;
  readonly project: Project;
  readonly #kept: Kept;
  readonly #facts = new Map<FactReader<unknown>, unknown>();
  #service: Service | undefined;
  #fileClass: FileClass | undefined;
  #importsOpenTelemetry: boolean | undefined;

  constructor(path: string, syntax: FileSyntax, project: Project) {
    this.path = path;
    this.syntax = syntax;
    this.project = project;
    this.#kept = keptOf(syntax, project);
    this.names = new Names(
      syntax,
      (module, name) =>
        (name.endsWith('()')
          ? project.functionOf(path, module, name.slice(0, -2))?.returns
          : project.valueOf(path, module, name)) ?? undefined,
      this.#kept,
    );
  }

  get language(): LanguageId {
    return this.syntax.language;
  }

  get service(): Service {
    this.#service ??= this.project.serviceOf(this.path);
    return this.#service;
  }

  get fileClass(): FileClass {
    this.#fileClass ??= this.project.fileClass(this.path);
    return this.#fileClass;
  }

  /** Whether the file itself imports anything of OpenTelemetry (in .NET: `System.Diagnostics`, whose activities are spans). */
  get importsOpenTelemetry(): boolean {
    this.#importsOpenTelemetry ??= this.syntax.imports.some(({ module }) =>
      /opentelemetry|^@?otel\b|^k6\/x\/otel$|^System\.Diagnostics$/i.test(module),
    );
    return this.#importsOpenTelemetry;
  }

  /** The facts of that kind: `file.get(spanStarts)`. */
  get<T>(read: FactReader<T>): T {
    if (!this.#facts.has(read)) this.#facts.set(read, read(this));
    return this.#facts.get(read) as T;
  }

  /** The facts of each unit; in an open document of those only that may have changed since the version before. */
  ofUnits<T>(read: UnitReader<T>): readonly T[] {
    const values = this.#valuesOf(read);
    return this.syntax.units.map(unit => this.#valueOf(read, unit, values));
  }

  /** The facts of one of them. */
  ofUnit<T>(read: UnitReader<T>, unit: SyntaxUnit): T {
    return this.#valueOf(read, unit, this.#valuesOf(read));
  }

  #valuesOf(read: UnitReader<unknown>): Map<SyntaxUnit, unknown> {
    const { units } = this.#kept;
    let values = units.get(read);
    if (values === undefined) units.set(read, (values = new Map()));
    return values;
  }

  #valueOf<T>(read: UnitReader<T>, unit: SyntaxUnit, values: Map<SyntaxUnit, unknown>): T {
    if (!values.has(unit)) values.set(unit, read(this, unit));
    return values.get(unit) as T;
  }

  /** What a call tells: asked once, and again only if it may have changed since the version before. */
  ofCall<T>(read: CallReader<T>, call: CallExpression): T {
    const { calls } = this.#kept;
    let answers = calls.get(read);
    if (answers === undefined) calls.set(read, (answers = new Map()));
    if (!answers.has(call)) answers.set(call, read(this, call));
    return answers.get(call) as T;
  }

  /** The facts of a unit that is read now depend on all others, whatever these are called: none is kept. */
  dependOnAll(): void {
    this.#kept.isLost = true;
  }

  /** Whether some file that may run together with this one may end the spans that are kept under that name. */
  releases(name: string): boolean {
    return this.project.releases(name, this.path);
  }

  /** Whether the pattern is anywhere in the text, comments included. */
  says(pattern: RegExp): boolean {
    const { said } = this.#kept;
    let answer = said.get(pattern);
    if (answer === undefined) said.set(pattern, (answer = pattern.test(this.syntax.source)));
    return answer;
  }
}
