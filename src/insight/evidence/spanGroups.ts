import type { SpanKind } from '../../model/span.ts';
import type { SensitiveOptions } from '../../semconv/sensitive/options.ts';
import { kindOf, type SpanRef } from '../../store/spanRef.ts';
import type { TraceStore } from '../../store/traceStore.ts';
import { type ResourceFacts, resourceFacts } from './resourceFacts.ts';

/** What spans of one origin have in common: service, scope, name and kind. */
export interface SpanGroup {
  /** The same for like groups, whatever their ids in the store. */
  readonly key: string;
  readonly scopeKey: string;
  readonly resource: ResourceFacts;
  readonly serviceName: string;
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly spanName: string;
  readonly spanKind: SpanKind;
}

/** Groups by the ids of the store, which hold only until the store changes: `forget` then. */
export class SpanGroups {
  readonly #store: TraceStore;
  readonly #options: SensitiveOptions | undefined;
  #byIds = new Map<number, Map<number, SpanGroup>>();
  #resources = new Map<number, ResourceFacts>();

  constructor(store: TraceStore, options: SensitiveOptions | undefined) {
    this.#store = store;
    this.#options = options;
  }

  of(ref: SpanRef): SpanGroup {
    const segment = this.#store.segmentOf(ref);
    const row = this.#store.rowOf(ref);
    const origin = segment.resource[row] * 0x100_0000 + segment.scope[row];
    const call = segment.name[row] * 16 + kindOf(segment.kindStatus[row]);
    let ofOrigin = this.#byIds.get(origin);
    if (ofOrigin === undefined) this.#byIds.set(origin, (ofOrigin = new Map()));
    let group = ofOrigin.get(call);
    if (group === undefined) {
      group = this.#make(segment.resource[row], segment.scope[row], segment.name[row], call % 16);
      ofOrigin.set(call, group);
    }
    return group;
  }

  forget(): void {
    this.#byIds = new Map();
    this.#resources = new Map();
  }

  #make(resourceId: number, scopeId: number, nameId: number, kind: number): SpanGroup {
    let resource = this.#resources.get(resourceId);
    if (resource === undefined) {
      resource = resourceFacts(this.#store.resources.get(resourceId), this.#options);
      this.#resources.set(resourceId, resource);
    }
    const { name: scopeName, version: scopeVersion } = this.#store.scopes.get(scopeId);
    const { serviceName } = resource;
    const spanName = this.#store.names.string(nameId);
    const scopeKey = `${serviceName}\n${scopeName}\n${scopeVersion}`;
    const key = `${scopeKey}\n${kind}\n${spanName}`;
    const spanKind = (kind <= 5 ? kind : 0) as SpanKind;
    return { key, scopeKey, resource, serviceName, scopeName, scopeVersion, spanName, spanKind };
  }
}
