import { literally } from '../../../base/literally.ts';
import type { FileFacts } from '../fileFacts.ts';
import { isReferenceTo } from '../references.ts';
import type { CallExpression, Expression, FunctionSyntax, SyntaxUnit } from '../syntax.ts';
import { expressionsIn, statementsIn } from '../walk.ts';
import { carriers } from './carriers.ts';
import { type EmptyCarrier, isCarrierNamed, isCarrierTyped, isEmpty, sends } from './emptyCarriers.ts';
import { knowsPropagation } from './missingInjections.ts';

/** What a message has its headers in, by its own name and that of the field. */
const headers = /^(?:message|msg)\w*\.(?:headers?|attributes|metadata)$/i;
const encodes = /^(?:Encode|Marshal\w*)$/;
const compares = /^[=!]=$/;

/** Of Go: `job.TraceContext = make(map[string]string)`, where nothing is put into it before `job` is sent. */
export function emptyFields(file: FileFacts): readonly EmptyCarrier[] {
  if (file.language !== 'go' || !knowsPropagation(file)) return [];
  const known = file.get(carriers);
  return file
    .ofUnits(emptyIn)
    .flat()
    .filter(({ inFunction }) => !known.injects(inFunction));
}

function emptyIn(_: FileFacts, { functions }: SyntaxUnit): readonly EmptyCarrier[] {
  return functions.flatMap(made =>
    statementsIn(made.body).flatMap(statement => {
      if (statement.type !== 'bind' || statement.targets.length !== 1 || statement.values.length !== 1)
        return [];
      const [{ path: name, at }] = statement.targets;
      const [value] = statement.values;
      if (!/^\w+\.\w+$/.test(name) || !isEmpty(value)) return [];
      const [, field] = name.split('.');
      const isCarrier = isCarrierNamed(field) || isCarrierTyped(value);
      if (!(isCarrier || headers.test(name)) || !isSentEmpty(made, name, statement.at.end)) return [];
      return [
        { name, at, inFunction: made, isCarrier, isReturned: false, isPassedOn: false, hasOthers: false },
      ];
    }),
  );
}

/** What has the field is sent, and nothing else is done with either. */
function isSentEmpty({ body, bodyAt, receiverName }: FunctionSyntax, name: string, made: number): boolean {
  const [holder] = name.split('.');
  // It may be there already: `if message.Header == nil { message.Header = … }`.
  if (holder === receiverName || new RegExp(`\\b${literally(name)}\\s*==\\s*nil\\b`).test(bodyAt.text))
    return false;
  const isHolder = (each: Expression) =>
    isReferenceTo(each.type === 'operation' && each.operator === '&' ? each.operands[0] : each, holder);
  const expressions = expressionsIn(body, true);
  let isSent = false;
  let known = 0;
  for (const each of expressions) {
    if (each.type === 'call') {
      const given = each.arguments.filter(isHolder);
      known += given.length;
      if (given.length > 0 && !isSending(each)) return false;
      isSent ||= given.length > 0 && each.at.start > made;
    } else if (each.type === 'operation' && (each.operator === '<-' || compares.test(each.operator))) {
      const given = each.operands.filter(isHolder);
      known += given.length;
      isSent ||= given.length > 0 && each.operator === '<-' && each.at.start > made;
    }
  }
  const mentioned = expressions.filter(
    each =>
      each.type === 'reference' &&
      (each.path === holder || each.path === name || each.path.startsWith(`${name}.`)),
  );
  return isSent && mentioned.length === known;
}

function isSending({ callee }: CallExpression): boolean {
  return sends.test(callee) || encodes.test(callee);
}
