import type { FileFacts } from '../fileFacts.ts';
import { type CallExpression, type Expression, type Extent, field, staticText } from '../syntax.ts';

/** A header that an exporter sends, where it is written out. */
export interface ExporterHeader {
  readonly name: string;
  readonly text: string;
  readonly at: Extent;
  /** `at` is the value alone, not a text that holds several headers. */
  readonly whole: boolean;
}

/** The static headers of exporters: in options, in `WithHeaders`, in `addHeader` and in texts like `api-key=…`. */
export function exporterHeaders(file: FileFacts): readonly ExporterHeader[] {
  if (!/exporter|otlp/i.test(file.syntax.source)) return [];
  const found: ExporterHeader[] = [];
  const add = (value: Expression | undefined, call?: CallExpression) => {
    if (value !== undefined) found.push(...headersIn(file, file.names.resolve(value, call?.inFunction)));
  };
  for (const call of file.syntax.calls) {
    const { callee, arguments: given, named } = call;
    if (/Exporter$|^(?:registerOTel|NodeSDK|HoneycombSDK)$/.test(callee)) {
      const options = given[0] === undefined ? undefined : file.names.resolve(given[0], call.inFunction);
      add(field(options, 'headers') ?? named.get('headers'), call);
    } else if (callee === 'WithHeaders') {
      if (/opentelemetry\.io\/otel\/exporters/.test(file.names.callee(call) ?? '')) add(given[0], call);
    } else if (callee === 'addHeader' && given.length === 2 && isExporterBuilder(call)) {
      const [name, text] = given.map(staticText);
      if (name !== undefined && text !== undefined) found.push({ name, text, at: given[1].at, whole: true });
    }
  }
  if (file.language === 'csharp') {
    for (const { typeName, entries } of file.syntax.objects)
      if (/Exporter/.test(typeName ?? ''))
        for (const { key, value } of entries) if (key === 'Headers') add(value);
    for (const { body } of file.syntax.functions)
      for (const statement of body)
        if (statement.type === 'bind' && /(?:^|\.)Headers$/.test(statement.targets[0]?.path ?? ''))
          add(statement.values[0]);
  }
  return found;
}

function headersIn(file: FileFacts, value: Expression): ExporterHeader[] {
  if (value.type === 'object')
    return value.entries.flatMap(({ key, keyExpression, value: each }) => {
      const name = key ?? staticText(keyExpression);
      const text = staticText(file.names.resolve(each, undefined));
      return name === undefined || text === undefined ? [] : [{ name, text, at: each.at, whole: true }];
    });
  const all = staticText(value);
  if (all !== undefined && /^[\w-]+=/.test(all))
    return all.split(',').map(pair => {
      const split = pair.indexOf('=');
      return { name: pair.slice(0, split).trim(), text: pair.slice(split + 1), at: value.at, whole: false };
    });
  // Python: `(("api-key", "…"),)`
  return value.type === 'list'
    ? value.values.flatMap(each => {
        const [name, text] = each.type === 'list' ? each.values.map(staticText) : [];
        return each.type !== 'list' || name === undefined || text === undefined
          ? []
          : [{ name, text, at: each.values[1].at, whole: true }];
      })
    : [];
}

function isExporterBuilder(call: CallExpression): boolean {
  let at: Expression | undefined = call.receiver;
  for (let hop = 0; hop < 64 && at?.type === 'call'; hop++) at = at.receiver;
  return at !== undefined && /Exporter/i.test(at.at.text);
}
