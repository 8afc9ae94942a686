/** The files of the workspace as looking up needs them; whoever locates hands them in. Paths have `/`, whatever the system. */
export interface SourceFile {
  readonly uri: string;
  /** `/home/me/shop/src/a.ts`, `C:/shop/src/a.ts`. */
  readonly absolutePath: string;
  /** Relative to its workspace folder. */
  readonly path: string;
}

/** A folder with a manifest: `package.json`, `go.mod`, `pyproject.toml`… */
export interface PackageFolder {
  readonly absolutePath: string;
  /** The manifest's name; the folder's own if it gives none. */
  readonly name: string;
}

export interface SourceFiles {
  /** Whether paths that differ in case only are the same file. */
  readonly ignoreCase: boolean;
  readonly packages: readonly PackageFolder[];
  /** The source files with this base name; libraries and build output are not among them. */
  withBaseName(baseName: string): readonly SourceFile[];
  /** The file at this place if it exists below a workspace folder, build output included. */
  at(absolutePath: string): Promise<SourceFile | undefined>;
  /** Undefined if it cannot be read or is longer than `maxBytes`. */
  read(file: SourceFile, maxBytes?: number): Promise<string | undefined>;
  /** Changes whenever the content may have changed; undefined if the file is gone. */
  stamp(file: SourceFile): Promise<string | undefined>;
}
