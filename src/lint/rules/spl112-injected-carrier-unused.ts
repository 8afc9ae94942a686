import { clientCalls } from '../facts/clients/clientCalls.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { idleCarrierTypes, lossySetters } from '../facts/propagation/carrierTypes.ts';
import { emptyCarriers } from '../facts/propagation/emptyCarriers.ts';
import { emptyFields } from '../facts/propagation/emptyFields.ts';
import { idleWrappers } from '../facts/propagation/idleWrappers.ts';
import { injections } from '../facts/propagation/injections.ts';
import { missingInjections } from '../facts/propagation/missingInjections.ts';
import { isReferenceTo } from '../facts/references.ts';
import { idleSetters } from '../facts/sdk/idleSetters.ts';
import { idleViews } from '../facts/sdk/idleViews.ts';
import type { CallExpression, Expression, FunctionSyntax, Statement } from '../facts/syntax.ts';
import { expressionsIn, statementsIn, within } from '../facts/walk.ts';
import type { Rule } from './rule.ts';

export const injectedCarrierUnused: Rule = {
  id: 'SPL112',
  name: 'injected-carrier-unused',
  group: 'propagation',
  severity: 'error',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  docs: {
    what: 'Finds carriers that the context is injected into and that nothing sends, those that are sent and that nothing is injected into, and what is there to inject the context and never does: an import that nothing uses, a function that only its name says it of, also of instrumenting a client (Go), a `Set` of Go that changes a copy.',
    why: 'Somebody meant the request to carry the trace, and it does not: it is sent with other headers, or before the context is injected.',
    examples: [
      {
        language: 'python',
        bad: 'import requests\nfrom opentelemetry.propagate import inject\n\n\ndef charge(url, body):\n    headers = {}\n    inject(headers)\n    return requests.post(url, json=body)',
        good: 'import requests\nfrom opentelemetry.propagate import inject\n\n\ndef charge(url, body):\n    headers = {}\n    inject(headers)\n    return requests.post(url, json=body, headers=headers)',
      },
    ],
    notReported: [
      'Carriers that are returned, stored, handed over or read anywhere after the injection.',
      'Plain headers that are sent empty by a library that an active instrumentation covers.',
    ],
    references: ['[Inject](https://opentelemetry.io/docs/specs/otel/context/api-propagators/#inject)'],
  },
  check({ file, report }) {
    for (const { call, carrier, carrierAt } of file.get(injections)) {
      if (carrier === undefined || carrier.includes('.') || carrierAt === undefined) continue;
      if (!isLocal(file, carrier, call) || isUsed(file, carrier, call)) continue;
      report({
        at: carrierAt,
        message: `The context is injected into \`${carrier}\`, which nothing sends: it is not used after this.`,
        anchor: { transport: 'http' },
      });
    }
    for (const { name, at, isCarrier, isReturned, isPassedOn, hasOthers, inFunction } of [
      ...file.get(emptyCarriers),
      ...file.get(emptyFields),
    ])
      if (isCarrier || !isCovered(file, inFunction))
        report(
          isPassedOn || (isReturned && !isCarrier)
            ? {
                at,
                message: `\`${name}\` are ${isPassedOn ? 'handed on as they come' : 'returned empty'}: nothing injects the context into them.`,
                severity: 'info',
              }
            : {
                at,
                message: `\`${name}\` ${hasOthers ? 'has no trace in it' : isCarrier ? 'stays empty' : 'are sent empty'}: nothing injects the context into ${isCarrier ? 'it, and what is made of it carries' : 'them, and the message has'} none.`,
                severity: 'warning',
              },
        );
    for (const { name, at } of file.get(idleViews))
      report({
        at,
        message: `Nothing injects the context through \`${name}\`: what it is a view of carries none.`,
        severity: 'warning',
      });
    for (const { className, nameAt } of lossySetters(file))
      report({
        at: nameAt,
        message: `\`Set\` of \`${className}\` changes a copy, as its receiver is no pointer: what is injected is lost.`,
        severity: 'warning',
      });
    for (const { name, at } of idleWrappers(file))
      report({
        at,
        message: `\`${name}\` instruments nothing: what it gives sends requests as they are.`,
        severity: 'info',
      });
    for (const { at, name, kind } of [
      ...file.get(missingInjections),
      ...idleSetters(file),
      ...idleCarrierTypes(file),
    ])
      report(
        kind === 'import' || kind === 'propagator'
          ? {
              at,
              message: `\`${name}\` is ${kind === 'import' ? 'imported and not used: nothing in this file' : 'made and not used: nothing here'} injects the context.`,
              severity: 'info',
            }
          : {
              at,
              severity: kind === 'type' ? 'info' : 'warning',
              message:
                kind === 'setter' || kind === 'type'
                  ? `\`${name}\` is there to inject the context, and nothing uses it.`
                  : `\`${name}\` injects nothing: no propagator is called in it.`,
            },
      );
  },
};

/** What the function sends carries the context whatever is in its headers. */
function isCovered(file: FileFacts, inFunction: FunctionSyntax): boolean {
  const { service } = file;
  const sent = file.get(clientCalls).filter(({ call }) => call.inFunction === inFunction);
  const coverage =
    sent.length > 0 ? sent.map(({ library }) => service.covers(library.id)) : [service.autoInstrumented];
  return coverage.some(each => each === 'active' || each === 'vendor');
}

/** `const options = { headers }`, `task.headers = headers`: what holds it gets the context with it, unless it is sent by then. */
function isKeptBefore(
  body: readonly Statement[],
  carrier: string,
  { at: { start } }: CallExpression,
): boolean {
  const isIt = (each: Expression) => isReferenceTo(each, carrier);
  for (const statement of statementsIn(body)) {
    if (statement.at.end > start || !statement.at.text.includes(carrier)) continue;
    const expressions = expressionsIn([statement]);
    if (expressions.some(each => each.type === 'call' && sends.test(each.callee))) continue;
    if (statement.type === 'bind' && statement.values.some(isIt)) return true;
    if (expressions.some(each => holds(each, isIt))) return true;
  }
  return false;
}

function holds(outer: Expression, isIt: (each: Expression) => boolean): boolean {
  switch (outer.type) {
    case 'object':
      return outer.entries.some(({ value, spread }) => !spread && isIt(value));
    case 'list':
      return outer.values.some(isIt);
    case 'call':
      return outer.arguments.some(isIt) || [...outer.named.values()].some(isIt);
    default:
      return false;
  }
}

const sends =
  /^(?:await_?)?(?:send|publish|produce|post|get|put|patch|delete|head|request|fetch|do|invoke|call|emit|write|execute|exchange|enqueue|add|log|print|info|debug)/i;

/** Made in this function, of its own. */
function isLocal(file: FileFacts, carrier: string, { inFunction, at }: CallExpression): boolean {
  const definitions = file.names.definitions(carrier, inFunction, at);
  return (
    definitions.length > 0 &&
    definitions.every(
      each =>
        each.kind === 'value' &&
        each.inFunction === inFunction &&
        each.value !== undefined &&
        isFresh(each.value),
    )
  );
}

/** `{}`, `dict()`, `map[string]string{}`, `propagation.MapCarrier{}`, `new Headers()`: of its own, and not a view of something else. */
function isFresh(value: Expression): boolean {
  if ([...within(value)].some(each => each.type === 'reference' && each.path !== 'propagation')) return false;
  if (value.type === 'object')
    return (
      value.typeName === undefined ||
      /^(?:propagation\.(?:MapCarrier|HeaderCarrier)|http\.Header|map\[)/.test(value.typeName)
    );
  return /^(?:dict\(|make\(|new (?:Headers|Map|HttpHeaders|(?:Linked|Concurrent)?Hash[mM]ap|TreeMap|Dictionary)\b)/.test(
    value.at.text,
  );
}

/** Read after the injection, or captured, or in a loop around it, or part of something before it. */
function isUsed(file: FileFacts, carrier: string, call: CallExpression): boolean {
  const body: readonly Statement[] = call.inFunction?.body ?? file.syntax.body;
  if (isKeptBefore(body, carrier, call)) return true;
  const isRead = expressionsIn(body, true).some(
    each =>
      each.type === 'reference' &&
      each.at.start > call.at.end &&
      (each.path === carrier || each.path.startsWith(`${carrier}.`)),
  );
  if (isRead) return true;
  // `headers[…] = x`, shorthand and spread are references too; a closure before the injection may run after it.
  return file.syntax.functions.some(
    ({ parent, body: inner, at }) =>
      parent === call.inFunction &&
      at.start < call.at.start &&
      expressionsIn(inner, true).some(each => isReferenceTo(each, carrier)),
  );
}
