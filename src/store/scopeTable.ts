import type { Scope } from '../model/span.ts';

export interface StoredScope {
  readonly bytes: Uint8Array;
  readonly scope: Scope;
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
}

export declare class ScopeTable {
  /** Ids given are below this; some may be free. */
  readonly size: number;
  get(id: number): StoredScope;
}
