import type { FileFacts } from '../fileFacts.ts';
import { isUsed } from '../imports.ts';
import { type Import, isScript } from '../syntax.ts';

/**
 * What a file of Python or of scripts imports to instrument a library, and never names again: a registration that is
 * forgotten, or gone.
 */
export function idleInstrumentations(file: FileFacts): readonly Import[] {
  if (!(file.language === 'python' || isScript(file.language)) || reExports.test(file.path)) return [];
  return file.syntax.imports.filter(
    each =>
      !each.typeOnly &&
      ofInstrumentations.test(each.module) &&
      instruments.test(each.name) &&
      /^[\w$]+$/.test(each.local) &&
      !isUsed(file.syntax, each),
  );
}

const reExports = /(?:^|\/)(?:__init__\.py|index\.[cm]?[jt]sx?)$/;
const ofInstrumentations = /^opentelemetry\.instrumentation\.|^@opentelemetry\/instrumentation-/;
const instruments = /Instrumentor(?:Client|Server)?$|Instrumentation$/;
