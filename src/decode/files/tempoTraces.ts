import { type LooseObject, objectOf, objectsOf } from '../looseJson.ts';

/**
 * A trace as Tempo answers it in JSON: OTLP, but that its ids are base64, and that older servers have other names for
 * two of the lists (`batches`, `instrumentationLibrarySpans`).
 */
export function tempoTraces(document: LooseObject): unknown {
  const trace = objectOf(document['trace']) ?? document;
  const resources = objectsOf(trace['resourceSpans'] ?? trace['batches']);
  return {
    resourceSpans: resources.map(({ resource, scopeSpans, instrumentationLibrarySpans, ...rest }) => ({
      ...rest,
      resource,
      scopeSpans: objectsOf(scopeSpans ?? instrumentationLibrarySpans).map(
        ({ scope, instrumentationLibrary, spans, ...other }) => ({
          ...other,
          scope: scope ?? instrumentationLibrary,
          spans: objectsOf(spans).map(spanOf),
        }),
      ),
    })),
  };
}

function spanOf(span: LooseObject): LooseObject {
  const links = objectsOf(span['links']);
  return { ...withHexIds(span), ...(links.length > 0 && { links: links.map(withHexIds) }) };
}

function withHexIds(object: LooseObject): LooseObject {
  const ids = { traceId: 32, spanId: 16, parentSpanId: 16 };
  const changed = Object.entries(ids).flatMap(([key, digits]) => {
    const id = object[key];
    return typeof id === 'string' && id !== '' ? [[key, hexOf(id, digits)] as const] : [];
  });
  return { ...object, ...Object.fromEntries(changed) };
}

/** Hex digits are base64 letters as well: the length tells. */
function hexOf(id: string, digits: number): string {
  if (new RegExp(`^[0-9a-fA-F]{${digits}}$`).test(id)) return id;
  const hex = Buffer.from(id, 'base64').toString('hex');
  return hex.length === digits ? hex : id;
}
