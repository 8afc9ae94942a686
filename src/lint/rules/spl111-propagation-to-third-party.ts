import { clientCalls } from '../facts/clients/clientCalls.ts';
import { publicHostOf } from '../facts/clients/endpoints.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { carriers } from '../facts/propagation/carriers.ts';
import { injections } from '../facts/propagation/injections.ts';
import type { Expression, FunctionSyntax } from '../facts/syntax.ts';
import { removeElement } from '../fixes/text.ts';
import type { Rule, SourceContext } from './rule.ts';

export const propagationToThirdParty: Rule = {
  id: 'SPL111',
  name: 'propagation-to-third-party',
  group: 'propagation',
  severity: 'warning',
  confidence: 'medium',
  languages: ['javascript', 'typescript', 'python', 'go', 'java'],
  fix: 'suggestion',
  docs: {
    what: 'Finds instrumentations for browsers that send trace headers to every host, and requests to hosts of others that the context is injected into.',
    why: 'Trace ids and, worse, baggage go to companies that they are not meant for. In browsers the headers also make a preflight of every request to another origin, which hosts that do not allow them refuse.',
    examples: [
      {
        language: 'typescript',
        bad: 'new FetchInstrumentation({ propagateTraceHeaderCorsUrls: /.*/ })',
        good: 'new FetchInstrumentation({ propagateTraceHeaderCorsUrls: [/^https:\\/\\/api\\.example\\.com\\//] })',
      },
    ],
    notReported: ['Expressions that are anchored to hosts, lists that come from configuration.'],
    fix: 'Removes the entry: requests to the page’s own origin go on to carry the trace. Put the origins of your own services in its place.',
    references: [
      '[W3C Baggage, security](https://www.w3.org/TR/baggage/#security-considerations)',
      '[W3C Trace Context, privacy](https://www.w3.org/TR/trace-context/#privacy-considerations)',
    ],
  },
  check(context) {
    checkTargets(context);
    checkRequests(context);
  },
};

/** Options that say which hosts get trace headers. */
const targetOptions = /^(?:propagateTraceHeaderCorsUrls|tracePropagationTargets)$/;

function checkTargets({ file, report }: SourceContext): void {
  const { syntax } = file;
  for (const { entries } of syntax.objects)
    for (const { key, value, at } of entries) {
      if (key === undefined || !targetOptions.test(key)) continue;
      const targets = file.names.resolve(value, undefined);
      const each = targets.type === 'list' ? targets.values : [targets];
      const open = each.find(matchesAll);
      if (open === undefined) continue;
      const inValue = open.at.start >= at.start && open.at.end <= at.end;
      report({
        at: inValue ? open.at : value.at,
        message: `\`${key}\` lets every host have the trace headers, those of other companies too: name the origins of your own services.`,
        fixes: [
          {
            title: 'Send trace headers to the own origin only',
            kind: 'suggestion',
            edits: [removeElement(syntax.source, at)],
          },
        ],
      });
    }
}

/** A text is compared with the whole URL: `'*'` matches none. `/.*\/`, `/.+/`, `new RegExp('.*')`, `/https?:\/\/.*\/`. */
function matchesAll(target: Expression): boolean {
  if (target.type === 'call' && target.callee === 'RegExp') {
    const [pattern] = target.arguments;
    return pattern?.type === 'text' && isOpen(pattern.parts.join(''));
  }
  const written = /^\/(.*)\/[a-z]*$/s.exec(target.at.text)?.[1];
  return target.type === 'unknown' && written !== undefined && isOpen(written);
}

function isOpen(pattern: string): boolean {
  return /^\^?(?:https?\??:?(?:\\?\/){2})?(?:\(\?:)?(?:\.[*+]\??|\[\\s\\S\][*+])?\)?\$?$/.test(pattern);
}

function checkRequests({ file, report }: SourceContext): void {
  if (file.get(injections).length === 0) return;
  for (const { call, headers, carriers: given, url, library } of file.get(clientCalls)) {
    const host = publicHostOf(url);
    if (host === undefined) continue;
    const sends =
      file.language === 'java'
        ? sendsCarrier(file, given, call.inFunction)
        : sendsInjected(file, headers, call.inFunction);
    if (!sends) continue;
    report({
      at: call.calleeAt,
      message: `The trace context, with all baggage, goes to ${host}, which is a host of others.`,
      severity: 'info',
      group: `${library.id} ${host}`,
    });
  }
}

/** A carrier that is injected into in this function; what a caller gives does not count. */
function sendsInjected(
  file: FileFacts,
  headers: Expression | undefined,
  from: FunctionSyntax | undefined,
): boolean {
  return (
    headers?.type === 'reference' &&
    file.get(injections).some(({ carrier, call }) => carrier === headers.path && call.inFunction === from)
  );
}

/** Of Java, whose requests are made of what is injected into. */
function sendsCarrier(
  file: FileFacts,
  given: readonly Expression[],
  from: FunctionSyntax | undefined,
): boolean {
  return (
    file.get(injections).some(({ call }) => call.inFunction === from) &&
    given.some(each => file.get(carriers).holds(each, from))
  );
}
