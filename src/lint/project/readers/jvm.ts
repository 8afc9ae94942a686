import { readDotenv } from './dotenv.ts';
import { type Draft, linesOf } from './draft.ts';
import { adderFor } from './manifests.ts';
import { childText, parseXml } from './xml.ts';

/** `pom.xml`. */
export function readMaven(source: string, draft: Draft): void {
  const { elements, comments } = parseXml(source);
  draft.comments = [...comments];
  const add = adderFor('maven', draft);
  const project = elements.find(({ name }) => name === 'project');
  const artifact = project?.children.find(({ name }) => name === 'artifactId');
  if (artifact !== undefined) draft.services.push({ name: artifact.text, folder: '.', at: artifact.textAt });
  for (const element of elements) {
    const { name, at, text, textAt } = element;
    if (name === 'dependency' || name === 'plugin') {
      const id = element.children.find(each => each.name === 'artifactId');
      if (id === undefined) continue;
      const isTest = childText(element, 'scope') === 'test';
      add(
        `${childText(element, 'groupId') ?? ''}:${id.text}`,
        childText(element, 'version'),
        at,
        id.textAt,
        isTest,
      );
    } else if (element.children.length === 0 && /-javaagent|otel\./.test(text))
      draft.command(text, textAt, undefined);
  }
}

/** `build.gradle`, `build.gradle.kts` and version catalogs: dependencies written as coordinates, and JVM arguments. */
export function readGradle(source: string, draft: Draft): void {
  const add = adderFor('maven', draft);
  for (const { start, end, text } of linesOf(source)) {
    if (/^\s*(?:\/\/|#)/.test(text)) {
      draft.comments.push({ start: start + text.search(/\S/), end });
      continue;
    }
    for (const match of text.matchAll(/["']([\w.-]+):([\w.-]+)(?::([^"'@:]+))?(?:[:@][^"']*)?["']/g)) {
      const nameStart = start + match.index + 1;
      const nameAt = { start: nameStart, end: nameStart + match[1].length + 1 + match[2].length };
      const at = { start: start + match.index, end: start + match.index + match[0].length };
      add(`${match[1]}:${match[2]}`, match[3], at, nameAt, /^\s*test/.test(text));
    }
    const parts = /group\s*[:=]\s*["']([\w.-]+)["'],\s*name\s*[:=]\s*["']([\w.-]+)["']/.exec(text);
    if (parts !== null) add(`${parts[1]}:${parts[2]}`, undefined, { start, end }, { start, end });
    const plugin = /\bid\s*\(?\s*["']([\w.-]+)["']/.exec(text);
    if (plugin !== null) add(`plugin:${plugin[1]}`, undefined, { start, end }, { start, end });
    if (/-javaagent|opentelemetry-javaagent|otel\./.test(text))
      draft.command(text.trim(), { start, end }, undefined);
  }
}

/** What Spring and the Java agent are told in properties, as the variables that mean the same. */
export function readProperties(source: string, draft: Draft): void {
  const before = draft.environment.length;
  readDotenv(source, draft);
  const read = draft.environment.splice(before);
  for (const { name, value, valueAt, nameAt, at } of read)
    addProperty(name, value, nameAt, valueAt ?? at, at, draft);
}

/** `otel.service.name` → `OTEL_SERVICE_NAME`; an application's name is its service's. */
export function addProperty(
  name: string,
  value: string | undefined,
  nameAt: { start: number; end: number },
  valueAt: { start: number; end: number },
  at: { start: number; end: number },
  draft: Draft,
): void {
  if (/^otel\./.test(name))
    draft.variable(name.toUpperCase().replaceAll(/[.-]/g, '_'), nameAt, value, valueAt, at, undefined);
  else if (/^(?:spring|quarkus|micronaut)\.application\.name$/.test(name))
    draft.annotations.push({ name: 'service.name', value: value ?? '', at: valueAt });
  else if (name === 'org.gradle.jvmargs' && value !== undefined && /-javaagent/.test(value))
    draft.command(value, valueAt, undefined);
}
