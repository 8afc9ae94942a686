import type { FileClass, Project, Service } from '../project/types.ts';
import { Names } from './names.ts';
import type { FileSyntax, LanguageId } from './syntax.ts';

/** A kind of facts: made of a file at most once, when a rule first asks for it. */
export type FactReader<T> = (file: FileFacts) => T;

/** A source file with all that is read out of it. */
export class FileFacts {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly syntax: FileSyntax;
  readonly names: Names;
  readonly project: Project;
  readonly #facts = new Map<FactReader<unknown>, unknown>();
  #service: Service | undefined;
  #fileClass: FileClass | undefined;

  constructor(path: string, syntax: FileSyntax, project: Project) {
    this.path = path;
    this.syntax = syntax;
    this.project = project;
    this.names = new Names(
      syntax,
      (module, name) =>
        (name.endsWith('()')
          ? project.functionOf(path, module, name.slice(0, -2))?.returns
          : project.valueOf(path, module, name)) ?? undefined,
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
    return this.syntax.imports.some(({ module }) =>
      /opentelemetry|^@?otel\b|^k6\/x\/otel$|^System\.Diagnostics$/i.test(module),
    );
  }

  /** The facts of that kind: `file.get(spanStarts)`. */
  get<T>(read: FactReader<T>): T {
    if (!this.#facts.has(read)) this.#facts.set(read, read(this));
    return this.#facts.get(read) as T;
  }
}
