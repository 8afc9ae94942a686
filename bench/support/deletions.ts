import type { CallExpression, FileSyntax, LanguageId } from '../../src/lint/facts/syntax.ts';

/** A call that is taken out of a program to see whether the linter misses it. */
export interface Deletion {
  readonly path: string;
  /** Of its line, as it was. */
  readonly line: number;
  readonly text: string;
  /** The whole file without it. */
  readonly source: string;
}

export type DeletionKind = 'end' | 'inject' | 'registration';

/** What is deleted, found by its text alone: what the linter understands of it must not decide what it is tested with. */
export function deletionsOf(kind: DeletionKind, path: string, syntax: FileSyntax): Deletion[] {
  if (isTest(path)) return [];
  const bound = boundToSpans(syntax.source);
  return syntax.calls.filter(call => is[kind](call, bound)).map(call => without(call, path, syntax));
}

const is: { readonly [kind in DeletionKind]: (call: CallExpression, bound: ReadonlySet<string>) => boolean } =
  {
    end({ callee, receiver }, bound) {
      if (!/^(?:end|End)$/.test(callee) || receiver === undefined) return false;
      const name = /(\w+)\W*$/.exec(receiver.at.text)?.[1] ?? '';
      return /span/i.test(receiver.at.text) || bound.has(name);
    },
    inject({ callee, receiver, at }) {
      return (
        /^inject$/i.test(callee) &&
        /propagat|otel|^inject\(|trace/i.test(`${receiver?.at.text ?? ''}${at.text}`)
      );
    },
    registration({ callee, receiver, at }) {
      if (/Instrumentation$/.test(callee) && at.text.startsWith('new ')) return true;
      if (/^instrument(?:_app)?$/.test(callee)) return /Instrumentor/.test(receiver?.at.text ?? '');
      return (
        /^otel\w+$/.test(receiver?.at.text ?? '') && /^(?:New|Middleware|With|Unary|Stream)/.test(callee)
      );
    },
  };

/** The variables that get what starts a span. */
function boundToSpans(source: string): ReadonlySet<string> {
  const starts =
    /(\w+)\s*(?::\s*[\w.]+\s*)?:?=\s*(?:await\s+)?[\w.()?!'"[\]]*(?:[tT]racer\w*(?:\([^()]*\))?[.?!]+(?:start\w*|Start\w*)|start_span|startSpan|startInactiveSpan)\(/g;
  return new Set([...source.matchAll(starts)].map(([, name]) => name));
}

function isTest(path: string): boolean {
  return /(?:^|[/_.-])(?:tests?|spec|mocks?|__tests__|fixtures?|testdata|e2e)(?:[/_.-]|$)/i.test(path);
}

function without(call: CallExpression, path: string, syntax: FileSyntax): Deletion {
  const { source, language } = syntax;
  const { start, end } = extentOf(call, syntax);
  const instead = insteadOf(call, language, { start, end }, source);
  return {
    path,
    line: source.slice(0, start).split('\n').length,
    text: source.slice(start, end).split('\n')[0],
    source: source.slice(0, start) + instead + source.slice(end),
  };
}

/** The call; with `defer`, `await`, `void` before it and `;` behind it where it is a statement of its own. */
function extentOf(call: CallExpression, { source }: FileSyntax): { start: number; end: number } {
  const before = /(?:^|[\n;{}])[ \t]*((?:defer|go|await|void)\s+)?$/.exec(
    source.slice(Math.max(0, call.at.start - 400), call.at.start),
  );
  const after = /^[ \t]*;?/.exec(source.slice(call.at.end))?.[0] ?? '';
  if (before === null) return { start: call.at.start, end: call.at.end };
  return { start: call.at.start - (before[1]?.length ?? 0), end: call.at.end + after.length };
}

function insteadOf(
  call: CallExpression,
  language: LanguageId,
  { start, end }: { start: number; end: number },
  source: string,
): string {
  const isStatement =
    /(?:^|[\n;{}])[ \t]*$/.test(source.slice(0, start)) && /^[ \t]*(?:$|[\n;}#/])/.test(source.slice(end));
  if (language === 'python') return isStatement ? 'pass' : 'None';
  if (isStatement) return '';
  // What a wrapper of a client or handler wraps is left: `otelhttp.NewTransport(base)`.
  if (language === 'go') return call.arguments[0]?.at.text ?? 'nil';
  if (language === 'java' || language === 'csharp') return 'null';
  return /Instrumentation$/.test(call.callee) ? '' : 'undefined';
}
