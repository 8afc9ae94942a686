import type { FileFacts } from '../facts/fileFacts.ts';
import type { CallExpression, Statement } from '../facts/syntax.ts';
import type { Edit } from '../rules/rule.ts';
import { importNames, type WantedImport } from './imports.ts';
import { insert, insertLinesAfter, insertLinesBefore, lineEnd, lineStart } from './text.ts';

/** Sets the status of a span to error after a statement, or before the one that lets the error out. */
export function setStatusEdits(
  file: FileFacts,
  place: { readonly after: Statement } | { readonly before: Statement },
  span: { readonly variable: string; readonly optional: boolean },
  error: string | undefined,
): readonly Edit[] | undefined {
  const { source } = file.syntax;
  const statement = 'after' in place ? place.after : place.before;
  const isAlone = isAloneBefore(source, statement);
  if (file.language === 'python' && !isAlone) return undefined;
  const code = codeFor(file, span, error);
  const end = /;$/.test(statement.at.text) || /^(?:java|csharp)$/.test(file.language) ? ';' : '';
  const line = code.text + end;
  if ('before' in place) return [insertLinesBefore(source, statement.at, [line]), ...code.imports];
  const restIsEmpty = /^[ \t]*;?[ \t]*\r?$/.test(
    source.slice(statement.at.end, lineEnd(source, statement.at.end)),
  );
  const edit = restIsEmpty
    ? insertLinesAfter(source, statement.at, [line])
    : insert(statement.at.end, `${end === '' ? ';' : ''} ${line}`);
  return [edit, ...code.imports];
}

/** Whether the span is asked with `?.`, because there may be none. */
export function isOptional({ calleeAt, at }: CallExpression): boolean {
  return at.text.slice(0, calleeAt.start - at.start).endsWith('?.');
}

function isAloneBefore(source: string, { at }: Statement): boolean {
  return source.slice(lineStart(source, at.start), at.start).trim() === '';
}

/** What the status says beside the code is left to the exception, if one is recorded. */
function codeFor(
  file: FileFacts,
  { variable, optional }: { readonly variable: string; readonly optional: boolean },
  error: string | undefined,
): { readonly text: string; readonly imports: readonly Edit[] } {
  const dot = optional ? '?.' : '.';
  const using = (wanted: WantedImport, text: (local: string) => string) => {
    const [{ local, edits }] = importNames(file, [wanted]);
    return { text: text(local), imports: edits };
  };
  switch (file.language) {
    case 'go':
      return using(
        { module: 'go.opentelemetry.io/otel/codes', name: '*' },
        codes =>
          `${variable}.SetStatus(${codes}.Error, ${error === undefined ? '"failed"' : `${error}.Error()`})`,
      );
    case 'python':
      return using(
        { module: 'opentelemetry.trace', name: 'StatusCode' },
        statusCode =>
          `${variable}.set_status(${statusCode}.ERROR${error === undefined ? '' : `, str(${error})`})`,
      );
    case 'java':
      return using(
        { module: 'io.opentelemetry.api.trace', name: 'StatusCode' },
        statusCode => `${variable}.setStatus(${statusCode}.ERROR)`,
      );
    case 'csharp':
      return { text: `${variable}${dot}SetStatus(ActivityStatusCode.Error)`, imports: [] };
    default:
      return using(
        { module: '@opentelemetry/api', name: 'SpanStatusCode' },
        statusCode =>
          `${variable}${dot}setStatus({ code: ${statusCode}.ERROR${error === undefined ? '' : `, message: String(${error})`} })`,
      );
  }
}
