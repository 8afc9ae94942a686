import type {
  BindTarget,
  ClassSyntax,
  Expression,
  FileSyntax,
  FunctionSyntax,
  Place,
  Statement,
} from '../../../src/lint/facts/syntax.ts';
import { within } from '../../../src/lint/facts/walk.ts';

/** A file's syntax as text for reviewers: one statement a line, what is inside it indented; then the lists. */
export function dump(file: FileSyntax): string {
  const lines: string[] = [];
  const section = (title: string, items: readonly string[]) => {
    if (items.length > 0) lines.push('', `── ${title}`, ...items);
  };
  if (file.packageName !== '') lines.push(`package ${file.packageName}`);
  statements(file.body, '', lines);
  section(
    'imports',
    file.imports.map(({ module, name, local, typeOnly, late, at }) =>
      [`${module} ${name || '(effects)'} as ${local || '-'}`, typeOnly && 'type', late && 'late', shown(at)]
        .filter(part => part !== false)
        .join('  '),
    ),
  );
  section(
    'exports',
    [...file.exports].map(([name, local]) => `${name} = ${local}`),
  );
  section('functions', file.functions.map(functionLine));
  section(
    'classes',
    file.classes.map(
      each => `${each.name || '-'}  methods ${each.methods.map(({ name }) => name).join(' ')}`,
    ),
  );
  section(
    'calls',
    file.calls.map(
      ({ callee, calleeAt, inFunction, decorates }) =>
        `${callee || '-'} at ${shown(calleeAt)} in ${inFunction?.qualifiedName || (inFunction === undefined ? 'top' : '-')}${decorates === undefined ? '' : ` decorates ${decorates}`}`,
    ),
  );
  section(
    'objects',
    file.objects.map(({ at }) => shown(at)),
  );
  section(
    'comments',
    file.comments.map(({ at }) => shown(at)),
  );
  return `${lines.join('\n')}\n`;
}

function statements(body: readonly Statement[], indent: string, lines: string[]): void {
  for (const statement of body) dumpStatement(statement, indent, lines);
}

function dumpStatement(statement: Statement, indent: string, lines: string[]): void {
  const inner = `${indent}  `;
  const put = (text: string) => lines.push(indent + text);
  const nested = (title: string, body: readonly Statement[]) => {
    put(title);
    statements(body, inner, lines);
  };
  const functionsIn = (...expressions: readonly (Expression | undefined)[]) => {
    for (const made of expressions.flatMap(each => (each === undefined ? [] : valuesOf(each))))
      dumpFunction(made, inner, lines);
  };
  switch (statement.type) {
    case 'expression':
      put(show(statement.expression));
      functionsIn(statement.expression);
      break;
    case 'bind': {
      const targets = statement.targets.map(showTarget).join(', ');
      const values = statement.values.map(show).join(', ');
      put(
        `${statement.declares ? 'declare' : 'assign'} ${targets} ${statement.operator} ${values}`.trimEnd(),
      );
      functionsIn(...statement.values);
      break;
    }
    case 'return':
      put(`return ${statement.values.map(show).join(', ')}`.trimEnd());
      functionsIn(...statement.values);
      break;
    case 'throw':
      put(`throw ${statement.value === undefined ? '' : show(statement.value)}`.trimEnd());
      break;
    case 'if':
      nested(`if ${show(statement.condition)}`, statement.then);
      functionsIn(statement.condition);
      if (statement.otherwise !== undefined) nested('else', statement.otherwise);
      break;
    case 'loop': {
      const variables = statement.variables.map(showTarget).join(', ');
      const over = statement.over === undefined ? '' : ` over ${show(statement.over)}`;
      const condition = statement.condition === undefined ? '' : ` while ${show(statement.condition)}`;
      nested(
        `loop ${statement.form}${statement.async ? ' async' : ''} [${variables}]${over}${condition}`,
        statement.body,
      );
      break;
    }
    case 'try':
      nested('try', statement.body);
      for (const { name, types, body, bodyAt } of statement.handlers)
        nested(`catch ${[name || '-', ...types].join(' ')}  at ${shown(bodyAt)}`, body);
      if (statement.otherwise !== undefined) nested('else', statement.otherwise);
      if (statement.finally !== undefined) nested('finally', statement.finally);
      break;
    case 'switch':
      put(
        `${statement.select ? 'select' : 'switch'} ${statement.subject === undefined ? '' : show(statement.subject)}`.trimEnd(),
      );
      for (const arm of statement.arms) {
        const values = arm.isDefault ? 'default' : arm.values.map(show).join(', ');
        lines.push(`${inner}case ${values}${arm.fallsThrough ? ' ↓' : ''}`);
        statements(arm.body, `${inner}  `, lines);
      }
      break;
    case 'with':
      nested(
        `with ${statement.items.map(({ value, name }) => `${show(value)} as ${name || '-'}`).join(', ')}`,
        statement.body,
      );
      break;
    case 'defer':
      put(`${statement.spawns ? 'go' : 'defer'} ${show(statement.call)}`);
      functionsIn(statement.call);
      break;
    case 'jump':
      put([statement.kind, statement.label].filter(part => part !== undefined).join(' '));
      break;
    case 'block':
      nested(`block${statement.label === undefined ? '' : ` ${statement.label}:`}`, statement.body);
      break;
    case 'function':
      dumpFunction(statement.function, indent, lines);
      break;
    case 'class':
      dumpClass(statement.class, indent, lines);
      break;
    case 'broken':
      put(`broken ${shown(statement.at)}`);
  }
}

function dumpFunction(made: FunctionSyntax, indent: string, lines: string[]): void {
  lines.push(indent + functionLine(made));
  statements(made.body, `${indent}  `, lines);
}

function dumpClass(made: ClassSyntax, indent: string, lines: string[]): void {
  const { name, bases, decorators, exported, fields, methods, body } = made;
  const marks = [exported && 'exported', ...decorators.map(each => `@${show(each)}`)].filter(
    mark => mark !== false,
  );
  lines.push(
    [`${indent}class ${name || '-'}`, bases.length > 0 && `: ${bases.join(', ')}`, ...marks]
      .filter(part => part !== false)
      .join(' '),
  );
  const inner = `${indent}  `;
  for (const field of fields) {
    const own: string[] = [];
    dumpStatement(field, '', own);
    lines.push(...own.map((line, at) => (at === 0 ? `${inner}field ${line}` : inner + line)));
  }
  for (const method of methods) dumpFunction(method, inner, lines);
  statements(body, inner, lines);
}

function functionLine(made: FunctionSyntax): string {
  const parameters = made.parameters.map(({ name, fields, typeName, value, rest, decorators }) =>
    [
      ...decorators.map(each => `@${show(each)} `),
      rest ? '...' : '',
      name || `{${[...fields].map(([property, local]) => `${property}→${local}`).join(' ')}}`,
      typeName === undefined ? '' : `: ${typeName}`,
      value === undefined ? '' : ` = ${show(value)}`,
    ].join(''),
  );
  const marks = [
    made.className !== undefined && `of ${made.className} (${made.receiverName ?? '-'})`,
    made.parent !== undefined && `inside ${made.parent.qualifiedName || '-'}`,
    made.async && 'async',
    made.generator && 'generator',
    made.static && 'static',
    made.exported && 'exported',
    made.broken && 'broken',
    ...made.decorators.map(each => `@${show(each)}`),
  ].filter(mark => mark !== false);
  const results = made.results.map(({ name, typeName }) => [name, typeName].filter(Boolean).join(' '));
  const returns = results.length === 0 ? '' : ` → ${results.join(', ')}`;
  return [`function ${made.qualifiedName || '-'}(${parameters.join(', ')})${returns}`, ...marks].join('  ');
}

function showTarget({ path, target, typeName, from }: BindTarget): string {
  return [
    path !== '' ? path : target === undefined ? '-' : `(${show(target)})`,
    from === undefined ? '' : ` from ${from}`,
    typeName === undefined ? '' : `: ${typeName}`,
  ].join('');
}

function show(expression: Expression): string {
  switch (expression.type) {
    case 'text':
      return `“${expression.parts
        .map(part => (typeof part === 'string' ? JSON.stringify(part).slice(1, -1) : `\${${show(part)}}`))
        .join('')}”`;
    case 'constant':
      return String(expression.value);
    case 'reference':
      return expression.path;
    case 'member':
      return `${show(expression.object)}⋅${expression.property}`;
    case 'index':
      return `${show(expression.object)}[${show(expression.key)}]`;
    case 'call': {
      const { callee, receiver, constructs, awaited } = expression;
      const named = [...expression.named].map(([name, value]) => `${name}=${show(value)}`);
      const given = [...expression.arguments.map(show), ...named].join(', ');
      const called = [receiver === undefined ? '' : `${show(receiver)}.`, callee || '()'].join('');
      return `${awaited ? 'await ' : ''}${constructs ? 'new ' : ''}${called}(${given})`;
    }
    case 'object':
      return `${expression.typeName ?? ''}{${expression.entries
        .map(({ key, keyExpression, value, spread, quoted }) =>
          spread
            ? `...${show(value)}`
            : `${keyExpression === undefined ? (quoted ? JSON.stringify(key) : (key ?? '-')) : `[${show(keyExpression)}]`}: ${show(value)}`,
        )
        .join(', ')}}`;
    case 'list':
      return `${expression.typeName ?? ''}[${expression.values.map(show).join(', ')}]`;
    case 'choice': {
      const condition = expression.condition === undefined ? '' : `${show(expression.condition)} ? `;
      return `(${condition}${expression.values.map(show).join(' | ')})`;
    }
    case 'function':
      return `function ${expression.function.name || '-'}`;
    case 'operation':
      return `(${[expression.operator, ...expression.operands.map(show)].join(' ')})`;
    case 'unknown':
      return `?${shown(expression.at)}?`;
  }
}

/** Functions that stand in an expression, outer first; those inside of them are shown with their statements. */
function valuesOf(expression: Expression): FunctionSyntax[] {
  const found: FunctionSyntax[] = [];
  for (const each of within(expression)) if (each.type === 'function') found.push(each.function);
  return found;
}

/** Short, on one line. */
function shown({ text }: Place): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 40 ? `${line.slice(0, 30)}…${line.slice(-9)}` : line;
}
