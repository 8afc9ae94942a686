import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Indexer } from '../../../src/language/indexer.ts';
import { Parsers } from '../../../src/lint/languages/parsers.ts';
import { Locator } from '../../../src/locate/locator.ts';
import { SourceIndex } from '../../../src/locate/sourceIndex.ts';
import type { AnyValue } from '../../../src/model/anyValue.ts';
import type { SpanToLocate } from '../../../src/model/source.ts';
import { WorkspaceFiles } from '../../../src/workspace/workspaceFiles.ts';

/** The grammars as the package has them; the product copies them to `dist/grammars`. */
export const grammars = join(process.cwd(), 'node_modules/@vscode/tree-sitter-wasm/wasm');
export const callSites = join(process.cwd(), 'test/fixtures/callsites');

export interface TestWorkspace {
  readonly files: WorkspaceFiles;
  readonly index: SourceIndex;
  readonly indexer: Indexer;
  readonly locator: Locator;
}

export async function openWorkspace(...folders: string[]): Promise<TestWorkspace> {
  const files = new WorkspaceFiles(() => undefined);
  const index = new SourceIndex();
  const indexer = new Indexer(new Parsers(grammars), files, index, error => {
    throw error;
  });
  const locator = new Locator(files, index, file => indexer.facts(file));
  indexer.start(folders.map(folder => pathToFileURL(folder).href));
  await indexer.whenReady();
  return { files, index, indexer, locator };
}

/** `@span <id>` in a comment → `path:line`. */
export async function markers(files: WorkspaceFiles): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const { path, absolutePath } of files.all) {
    const lines = (await readFile(absolutePath, 'utf8')).split('\n');
    for (const [index, line] of lines.entries()) {
      const id = /@span (\S+)/.exec(line)?.[1];
      if (id !== undefined) found.set(id, [...(found.get(id) ?? []), `${path}:${index + 1}`]);
    }
  }
  return found;
}

/** Attributes in native JSON: numbers become integers. */
export function span(
  name: string,
  fields: Partial<Omit<SpanToLocate, 'name' | 'attributes'>> = {},
  attributes: { [key: string]: string | number } = {},
): SpanToLocate {
  return {
    name,
    serviceName: 'unknown_service',
    scopeName: '',
    kind: 1,
    stackTraces: [],
    ...fields,
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) })),
  };
}

function anyValue(value: string | number): AnyValue {
  return typeof value === 'number' ? { intValue: String(value) } : { stringValue: value };
}
