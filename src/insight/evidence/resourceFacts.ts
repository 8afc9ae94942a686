import type { SensitiveOptions } from '../../semconv/sensitive/options.ts';
import type { StoredResource } from '../../store/resourceTable.ts';
import { judged, type ReadAttribute } from './attributeReader.ts';

/** What a resource says of the process that sends. */
export interface ResourceFacts {
  /** The same for resources that say the same of all this. */
  readonly key: string;
  readonly serviceName: string;
  /** As sent; absent: not at all. */
  readonly givenName: string | undefined;
  readonly version: string | undefined;
  readonly environment: string | undefined;
  readonly instanceId: string | undefined;
  readonly hostName: string | undefined;
  readonly processId: string | undefined;
  readonly criticality: string | undefined;
  readonly sdkLanguage: string | undefined;
  /** It runs in a web page. */
  readonly inBrowser: boolean;
  readonly sensitive: readonly ReadAttribute[];
}

export function resourceFacts(
  { resource, serviceName }: StoredResource,
  options?: SensitiveOptions,
): ResourceFacts {
  const attributes = (resource.attributes ?? []).map(({ key, value }) => judged(key, value, options));
  const text = (...keys: readonly string[]) =>
    attributes.findLast(({ key, text }) => keys.includes(key) && text !== '')?.text;
  const sdkLanguage = text('telemetry.sdk.language');
  const facts = {
    serviceName,
    givenName: text('service.name'),
    version: text('service.version'),
    environment: text('deployment.environment.name', 'deployment.environment'),
    instanceId: text('service.instance.id'),
    hostName: text('host.name', 'host.id', 'container.id'),
    processId: text('process.pid'),
    criticality: text('service.criticality'),
    sdkLanguage,
    inBrowser:
      sdkLanguage === 'webjs' ||
      text('process.runtime.name') === 'browser' ||
      attributes.some(({ key }) => key.startsWith('browser.')),
  };
  return {
    ...facts,
    key: JSON.stringify(Object.values(facts)),
    sensitive: attributes.filter(({ hits }) => hits.length > 0),
  };
}
