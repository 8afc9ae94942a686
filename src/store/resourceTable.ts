import type { Resource } from '../model/span.ts';

export interface StoredResource {
  readonly bytes: Uint8Array;
  readonly resource: Resource;
  readonly schemaUrl: string;
  /** `service.name`, or `unknown_service`. */
  readonly serviceName: string;
  /** Our own resource attribute: the URI of the workspace folder that launched the program. */
  readonly workspace: string | undefined;
}

export declare class ResourceTable {
  /** Ids given are below this; some may be free. */
  readonly size: number;
  get(id: number): StoredResource;
}
