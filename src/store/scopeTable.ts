import { readScope } from '../decode/otlp/readSpan.ts';
import type { Scope } from '../model/span.ts';
import { MessageTable } from './messageTable.ts';

export interface StoredScope {
  readonly bytes: Uint8Array;
  readonly scope: Scope;
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
}

export type ScopeTable = MessageTable<StoredScope>;

export function createScopeTable(): ScopeTable {
  return new MessageTable(({ bytes, schemaUrl }) => {
    const scope = readScope(bytes);
    return { bytes, scope, name: scope.name ?? '', version: scope.version ?? '', schemaUrl };
  });
}
