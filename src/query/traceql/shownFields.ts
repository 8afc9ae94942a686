import { type PlainValue, plainValue } from '../../model/anyValue.ts';
import { spanKindNames } from '../../model/span.ts';
import type { Expression, ScalarExpression, Stage, Static } from './ast.ts';
import { type Field, fieldLabel } from './fields.ts';
import type { SpanContext } from './spanContext.ts';

/** What an answer shows of each span: the attributes that a query names, and whatever it selects, each once. */
export function shownFields(stages: readonly Stage[]): Field[] {
  const found = new Map<string, Field>();
  const add = (field: Field): void => {
    found.set(fieldLabel(field), field);
  };
  for (const stage of stages) visitStage(stage, add);
  return [...found.values()];
}

/** The values of fields by name, without scope unless two fields share a name; what a span does not have is left out. */
export function readShown(context: SpanContext, fields: readonly Field[]): { [key: string]: PlainValue } {
  const shown: { [key: string]: PlainValue } = {};
  for (const field of fields) {
    const value = field.node === 'attribute' ? attributeOf(context, field) : intrinsicOf(context, field);
    if (value === undefined) continue;
    shown[Object.hasOwn(shown, field.name) ? fieldLabel(field) : field.name] = value;
  }
  return shown;
}

const statusWords = ['unset', 'ok', 'error'];

/** Native JSON: integers and nanoseconds as decimal strings, status and kind as words. */
export function plainStatic({ type, value }: Static): string | number | boolean {
  switch (type) {
    case 'int':
      return value.toString();
    case 'duration':
      return Math.round(value).toFixed(0);
    case 'status':
      return statusWords[value] ?? String(value);
    case 'kind':
      return spanKindNames[value] ?? String(value);
    default:
      return value;
  }
}

function attributeOf(context: SpanContext, field: Field & { node: 'attribute' }): PlainValue | undefined {
  const places = {
    span: () => context.attributes,
    resource: () => context.resourceAttributes,
    instrumentation: () => context.scopeAttributes,
    event: () => context.events.flatMap(event => event.attributes ?? []),
    link: () => context.links.flatMap(link => link.attributes ?? []),
  };
  const searched = field.scope === '' ? (['span', 'resource'] as const) : [field.scope];
  for (const scope of searched) {
    if (scope === 'parent') continue;
    const found = places[scope]().findLast(({ key }) => key === field.name);
    if (found !== undefined) return plainValue(found.value);
  }
  return undefined;
}

function intrinsicOf(context: SpanContext, field: Field & { node: 'intrinsic' }): PlainValue | undefined {
  const values = context.intrinsic(field.name).map(plainStatic);
  return values.length > 1 ? values : values[0];
}

function visitStage(stage: Stage, add: (field: Field) => void): void {
  switch (stage.node) {
    case 'filter':
      if (stage.expression !== undefined) visitExpression(stage.expression, add);
      break;
    case 'operation':
      visitStage(stage.left, add);
      visitStage(stage.right, add);
      break;
    case 'pipeline':
      for (const inner of stage.stages) visitStage(inner, add);
      break;
    case 'by':
      visitExpression(stage.expression, add);
      break;
    case 'select':
      for (const field of stage.fields) add(field);
      break;
    case 'scalarFilter':
      visitScalar(stage.left, add);
  }
}

function visitScalar(scalar: ScalarExpression, add: (field: Field) => void): void {
  if (scalar.node === 'aggregate' && scalar.operand !== undefined) visitExpression(scalar.operand, add);
}

/** Intrinsics only count where they are selected: most of them are in every answer anyway. */
function visitExpression(expression: Expression, add: (field: Field) => void): void {
  switch (expression.node) {
    case 'attribute':
      add(expression);
      break;
    case 'unary':
      visitExpression(expression.operand, add);
      break;
    case 'nil':
      if (expression.operand !== undefined) visitExpression(expression.operand, add);
      break;
    case 'binary':
      visitExpression(expression.left, add);
      visitExpression(expression.right, add);
  }
}
