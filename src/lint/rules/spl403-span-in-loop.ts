import type { FileFacts } from '../facts/fileFacts.ts';
import { type Repetition, repetitionOf } from '../facts/loops.ts';
import { spanStarts } from '../facts/spans/spanStarts.ts';
import { type CallExpression, field } from '../facts/syntax.ts';
import { expressionsIn } from '../facts/walk.ts';
import type { Rule } from './rule.ts';

export const spanInLoop: Rule = {
  id: 'SPL403',
  name: 'span-in-loop',
  group: 'names',
  severity: 'info',
  confidence: 'medium',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  docs: {
    what: 'Finds a span for each round of a loop whose rounds only compute.',
    why: 'A list of ten thousand makes ten thousand spans of microseconds: the trace cannot be read, the budget of the backend is gone, and tracing costs more than the work.',
    examples: [
      {
        language: 'typescript',
        bad: "for (const item of items) {\n  const span = tracer.startSpan('price item');\n  price(item);\n  span.end();\n}",
        good: "const span = tracer.startSpan('price items', { attributes: { 'app.items.count': items.length } });\nfor (const item of items) price(item);\nspan.end();",
      },
      {
        language: 'go',
        bad: 'for _, item := range items {\n\t_, span := tracer.Start(ctx, "price item")\n\tprice(item)\n\tspan.End()\n}',
        good: '_, span := tracer.Start(ctx, "price items")\nfor _, item := range items {\n\tprice(item)\n}\nspan.End()',
      },
    ],
    notReported: [
      'Loops that wait for messages, connections or a channel, and those that never end.',
      'Retries, and loops over at most five things.',
      'Spans of work that has been done elsewhere, as their own time says: `startTime`, `start_time`, `WithTimestamp`.',
      'Rounds that wait for the network, a database or a file: a span for each is right there.',
    ],
    evidence: 'Many short spans of one name under one parent confirm it.',
    references: [
      '[SPA-001](https://github.com/instrumentation-score/spec/blob/main/rules/SPA-001.md)',
      '[SPA-005](https://github.com/instrumentation-score/spec/blob/main/rules/SPA-005.md)',
    ],
  },
  check({ file, report }) {
    for (const { call, name, kind } of file.get(spanStarts)) {
      // Spans of calls, messages and requests are one each.
      if (kind !== undefined && !/internal/i.test(String(kind))) continue;
      if (isToldAfterwards(call)) continue;
      const loop = repetitionOf(file, call);
      if (loop === undefined || isOfMessages(loop) || isShort(loop) || isRetry(loop) || waits(file, loop))
        continue;
      report({
        at: name?.at ?? call.calleeAt,
        message: 'A span for each round of the loop; one around the loop, with a count, tells the same.',
      });
    }
  },
};

/** With a time of its own: somebody else did the work, and the loop only tells of it. */
function isToldAfterwards({ arguments: given, named }: CallExpression): boolean {
  return (
    named.has('start_time') ||
    given.some(
      each =>
        field(each, 'startTime') !== undefined || (each.type === 'call' && each.callee === 'WithTimestamp'),
    )
  );
}

function isOfMessages({ form, async, over }: Repetition): boolean {
  if (form === 'while' || form === 'forever' || async) return true;
  return (
    over !== undefined &&
    /(?:^|[._])(?:ch|chan|channel|c)$|queue|consum|messag|msgs?\b|stream|event|poll|batch|subscri|record|claim|deliver|receive|lines|readline|rows|cursor|requests|jobs|tasks/i.test(
      over.at.text,
    )
  );
}

function isShort({ over, condition }: Repetition): boolean {
  if (over?.type === 'list') return over.values.length <= 5;
  if (over?.type === 'constant') return Number(over.value) <= 5;
  if (over?.type === 'call' && over.callee === 'range')
    return over.arguments.every(each => each.type === 'constant' && Number(each.value) <= 5);
  return condition !== undefined && /[<>]=?\s*[0-5]$/.test(condition.at.text);
}

function isRetry({ variables, condition }: Repetition): boolean {
  return [...variables, condition?.at.text ?? ''].some(each => /attempt|retr|tries|backoff/i.test(each));
}

/** What takes long enough for a span of its own. */
const waiting =
  /^(?:fetch|request|get|post|put|patch|send|sendMessage|publish|query|queryRow|Query|QueryRow|QueryContext|Exec|ExecContext|Do|execute|executemany|read|write|open|readFile|writeFile|urlopen|save|insert|find|findOne|update|delete|upsert|commit|connect|call|invoke|sleep|Sleep|wait|Wait|recv|Recv|Send|Get|Post|Put|Delete|Insert|Find|Update|run|Run|start|Start|upload|download|exec|process|handle|fetchone|fetchall|submit|generate|create|complete|Invoke|SaveChanges|acquire)/;

function waits(file: FileFacts, { body }: Repetition): boolean {
  if (file.syntax.language === 'csharp' && body.some(statement => /\bawait\b/.test(statement.at.text)))
    return true;
  const starts = new Set(file.get(spanStarts).map(({ call }) => call));
  for (const each of expressionsIn(body, true)) {
    if (each.type === 'operation' && /^(?:await|yield|<-)$/.test(each.operator)) return true;
    if (each.type !== 'call' || starts.has(each)) continue;
    if (each.awaited || waiting.test(each.callee)) return true;
    // Go hands the context on to what does I/O.
    if (
      file.language === 'go' &&
      each.arguments[0]?.type === 'reference' &&
      /ctx$/i.test(each.arguments[0].path)
    )
      return true;
  }
  return false;
}
