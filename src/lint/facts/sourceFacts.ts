import { LineMap } from '../../base/lines.ts';
import type { SourceFacts } from '../../model/source.ts';
import { languageOf, type Parsers } from '../languages/parsers.ts';
import { routeFacts } from './clients/routes.ts';
import { spanFacts } from './spans/spanCallSites.ts';

const mayHoldSpans =
  /tracer|@WithSpan|activity\s*\(|(?:span|instrument|trace)\w*\s*(?:<[^()]{0,200}>)?\s*\(/i;
const mayHoldRoutes =
  /\b(?:get|post|put|patch|delete|head|options|all|any|route|api_route|websocket|use|mount|group|handle|handlefunc)\s*\(\s*(?:path\s*=\s*)?["'`](?:[a-z]+ )?\/|\b(?:url|prefix|url_prefix)\s*[:=]\s*["'`]\/|["'](?:get|post|put|patch|delete) \/|@(?:\w+Mapping|Path|Get|Post|Put|Patch|Delete)\b|\[(?:Http(?:Get|Post|Put|Patch|Delete)|Route)\b|\.Map(?:Get|Post|Put|Patch|Delete|Group)\s*\(/i;

/** Whether a text can hold facts of spans or routes at all: most files of a workspace need not be parsed. */
export function mayHoldFacts(source: string): boolean {
  return mayHoldSpans.test(source) || mayHoldRoutes.test(source);
}

/**
 * The facts of one file; undefined if its language is not read here or it is too long.
 * @param path decides the language
 */
export async function sourceFacts(
  parsers: Parsers,
  path: string,
  source: string,
): Promise<SourceFacts | undefined> {
  const language = languageOf(path);
  if (language === undefined) return undefined;
  const syntax = await parsers.parse(language, source);
  if (syntax === undefined) return undefined;
  const lines = new LineMap(source);
  return {
    ...spanFacts(syntax, lines),
    ...routeFacts(syntax, lines),
    functions: syntax.functions.map(({ qualifiedName, at }) => ({
      name: qualifiedName,
      line: lines.position(at.start).line,
      endLine: lines.position(at.end).line,
    })),
  };
}
