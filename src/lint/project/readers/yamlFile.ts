import type { ConfigKind } from '../types.ts';
import { isCollector, readCollector, readDeclarative } from './collector.ts';
import { readCompose } from './compose.ts';
import { child, type DataNode, entriesBelow } from './data.ts';
import type { Draft } from './draft.ts';
import { addProperty } from './jvm.ts';
import { readKubernetes, readVariables } from './kubernetes.ts';
import { parseYaml } from './yaml.ts';

/** Only such files can say something about telemetry; the others of a repository are many and slow to read. */
const telling =
  /OTEL_|opentelemetry|otlp|otel[.:]|jaeger|zipkin|JAVA_TOOL_OPTIONS|NODE_OPTIONS|CORECLR_|ddtrace|dd-trace|newrelic|receivers:|application:/i;
/** Descriptions of interfaces and rules for other tools, which are long. */
const others = /^(?:openapi|swagger|asyncapi|\$schema|rules|groups)['"]?:/m;

/**
 * A YAML file of any kind.
 * @param kind as its name tells
 * @returns as its content tells
 */
export function readYaml(source: string, draft: Draft, kind: ConfigKind): ConfigKind {
  if (kind !== 'compose' && (!telling.test(source) || others.test(source))) return kind;
  const { documents, comments } = parseYaml(source);
  draft.comments = [...comments];
  let found = kind;
  for (const root of documents) found = readDocument(root, draft, kind) ?? found;
  return found;
}

function readDocument(root: DataNode, draft: Draft, kind: ConfigKind): ConfigKind | undefined {
  if (kind === 'compose') readCompose(root, draft);
  else if (isCollector(root)) {
    readCollector(root, draft);
    return 'collector';
  } else if (child(root, 'apiVersion') !== undefined && child(root, 'kind') !== undefined) {
    readKubernetes(root, draft);
    return 'kubernetes';
  } else if (child(root, 'file_format') !== undefined) readDeclarative(root, draft);
  else {
    readVariables(root, draft);
    for (const { entry, keys } of entriesBelow(root)) {
      const { text, at } = entry.value;
      if (text !== undefined)
        addProperty([...keys, entry.key].join('.'), text, entry.keyAt, at, entry.at, draft);
    }
  }
  return undefined;
}
