import { readResource } from '../decode/otlp/readSpan.ts';
import type { Resource } from '../model/span.ts';
import { serviceName, unknownService, workspaceAttribute } from '../semconv/resource.ts';
import { MessageTable } from './messageTable.ts';

export interface StoredResource {
  readonly bytes: Uint8Array;
  readonly resource: Resource;
  readonly schemaUrl: string;
  /** `service.name`, or `unknown_service`. */
  readonly serviceName: string;
  /** Our own resource attribute: the URI of the workspace folder that launched the program. */
  readonly workspace: string | undefined;
}

export type ResourceTable = MessageTable<StoredResource>;

export function createResourceTable(): ResourceTable {
  return new MessageTable(({ bytes, schemaUrl }) => {
    const resource = readResource(bytes);
    const text = (key: string): string | undefined => {
      const value = resource.attributes?.findLast(attribute => attribute.key === key)?.value;
      return value !== undefined && 'stringValue' in value ? value.stringValue : undefined;
    };
    return {
      bytes,
      resource,
      schemaUrl,
      serviceName: text(serviceName) || unknownService,
      workspace: text(workspaceAttribute),
    };
  });
}
