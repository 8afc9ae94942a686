import type { FileFacts } from '../fileFacts.ts';
import { isUsed } from '../imports.ts';
import { type FileSyntax, type Import, isScript } from '../syntax.ts';

/**
 * What a file of Python or of scripts imports to instrument a library, and never uses: a registration that is forgotten, or
 * gone.
 */
export function idleInstrumentations({ language, path, syntax }: FileFacts): readonly Import[] {
  if (!(language === 'python' || isScript(language))) return [];
  const isOwn = (module: string) => module.startsWith('.') && setsUp(syntax);
  const found = syntax.imports.filter(
    ({ module, name, local, typeOnly }) =>
      !typeOnly &&
      instruments.test(name) &&
      (ofInstrumentations.test(module) || (language === 'python' && isOwn(module))) &&
      /^[\w$]+$/.test(local),
  );
  const idle = found.filter(each => !isUsed(syntax, each));
  // What is only there for others is registered by them.
  return reExports.test(path) && idle.length === found.length ? [] : idle;
}

/** Beside instrumentors of OpenTelemetry, one of the project itself is a subclass of such a one. */
function setsUp({ imports }: FileSyntax): boolean {
  return imports.some(({ module }) => /^opentelemetry\.(?:instrumentation|sdk)\./.test(module));
}

const reExports = /(?:^|\/)(?:__init__\.py|index\.[cm]?[jt]sx?)$/;
/** Of JavaScript those of others as well: `opentelemetry-instrumentation-bullmq`. */
const ofInstrumentations =
  /^opentelemetry\.instrumentation\.|^@opentelemetry\/instrumentation-|^(?:@[\w-]+\/)?opentelemetry-instrumentation-/;
const instruments = /Instrumentor(?:Client|Server)?$|Instrumentation$/;
