import type { FoundTrace } from '../backend.ts';
import type { ListedSpan } from '../foundTraces.ts';
import { countOf, idOf, type LooseObject, listOf, nanosOf, objectOf, textOf } from '../http/looseJson.ts';

/** `FindTraceSummariesResponse` of the API v3: what a list shows, and no spans. */
export function summariesOf(document: unknown): FoundTrace[] {
  const { result, summaries } = objectOf(document);
  return listOf(summaries ?? objectOf(result)['summaries'])
    .map(objectOf)
    .flatMap(summary => {
      const traceId = idOf(summary['traceId'], 32);
      if (traceId === '') return [];
      const start = nanosOf(summary['minStartTimeUnixNano']);
      const end = nanosOf(summary['maxEndTimeUnixNano']);
      return [
        {
          traceId,
          rootServiceName: textOf(summary['rootServiceName']),
          rootSpanName: textOf(summary['rootOperationName']),
          startTimeUnixNano: `${start}`,
          durationNano: `${end > start ? end - start : 0n}`,
          spanCount: countOf(summary['spanCount']),
          errorCount: countOf(summary['errorSpanCount']),
          serviceNames: listOf(summary['services'])
            .map(service => textOf(objectOf(service)['name']))
            .filter(Boolean),
          matchedCount: 0,
          matchedSpans: [],
        },
      ];
    });
}

/** `{"result": TracesData}` in OTLP/JSON. */
export function spansOfOtlp(document: unknown): ListedSpan[] {
  const spans: ListedSpan[] = [];
  for (const group of listOf(objectOf(objectOf(document)['result'])['resourceSpans']).map(objectOf)) {
    const resource = attributesOf(objectOf(group['resource'])['attributes']);
    for (const scope of listOf(group['scopeSpans']).map(objectOf))
      for (const span of listOf(scope['spans']).map(objectOf)) {
        const ids = idsOf(span['traceId'], span['spanId']);
        if (ids === undefined) continue;
        const status = objectOf(span['status'])['code'];
        const own = attributesOf(span['attributes']);
        spans.push({
          ...ids,
          parentId: idOf(span['parentSpanId'], 16),
          name: textOf(span['name']),
          serviceName: resource.get('service.name') ?? '',
          start: nanosOf(span['startTimeUnixNano']),
          end: nanosOf(span['endTimeUnixNano']),
          isError: status === 2 || status === 'STATUS_CODE_ERROR',
          attribute: key => own.get(key) ?? resource.get(key),
        });
      }
  }
  return spans;
}

/** `{"data": [{"traceID", "spans", "processes"}]}` of the older API; microseconds. */
export function spansOfV1(document: unknown): ListedSpan[] {
  const spans: ListedSpan[] = [];
  for (const trace of listOf(objectOf(document)['data']).map(objectOf)) {
    const processes = objectOf(trace['processes']);
    for (const span of listOf(trace['spans']).map(objectOf)) {
      const ids = idsOf(span['traceID'] ?? trace['traceID'], span['spanID']);
      if (ids === undefined) continue;
      const process = objectOf(processes[textOf(span['processID'])]);
      const tags = tagsOf(span['tags']);
      const start = nanosOf(span['startTime']) * 1000n;
      spans.push({
        ...ids,
        parentId: parentOf(span, ids.traceId),
        name: textOf(span['operationName']),
        serviceName: textOf(process['serviceName']),
        start,
        end: start + nanosOf(span['duration']) * 1000n,
        isError: tags.get('error') === 'true' || tags.get('otel.status_code') === 'ERROR',
      });
    }
  }
  return spans;
}

function parentOf(span: LooseObject, traceId: string): string {
  const plain = idOf(span['parentSpanID'], 16);
  if (plain !== '') return plain;
  const references = listOf(span['references'])
    .map(objectOf)
    .filter(reference => idOf(reference['traceID'], 32) === traceId);
  const parent = references.find(reference => reference['refType'] === 'CHILD_OF') ?? references[0];
  return idOf(parent?.['spanID'], 16);
}

function idsOf(trace: unknown, span: unknown): { traceId: string; spanId: string } | undefined {
  const traceId = idOf(trace, 32);
  const spanId = idOf(span, 16);
  return traceId === '' || spanId === '' ? undefined : { traceId, spanId };
}

/** Texts of `[{"key", "value": {"stringValue"}}]`. */
function attributesOf(list: unknown): Map<string, string> {
  return new Map(
    listOf(list)
      .map(objectOf)
      .map(({ key, value }) => [textOf(key), String(Object.values(objectOf(value))[0] ?? '')]),
  );
}

/** Texts of `[{"key", "type", "value"}]`. */
function tagsOf(list: unknown): Map<string, string> {
  return new Map(
    listOf(list)
      .map(objectOf)
      .map(({ key, value }) => [textOf(key), String(value)]),
  );
}
