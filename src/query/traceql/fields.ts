/** What can be told of a span, its trace, events, links and scope without attributes, by its canonical name. */
export const intrinsicTypes = {
  duration: 'number',
  name: 'string',
  status: 'status',
  statusMessage: 'string',
  kind: 'kind',
  rootName: 'string',
  rootServiceName: 'string',
  traceDuration: 'number',
  nestedSetLeft: 'number',
  nestedSetRight: 'number',
  nestedSetParent: 'number',
  parent: 'any',
  'span:id': 'string',
  'span:parentID': 'string',
  'span:childCount': 'number',
  'trace:id': 'string',
  'event:name': 'string',
  'event:timeSinceStart': 'number',
  'link:traceID': 'string',
  'link:spanID': 'string',
  'instrumentation:name': 'string',
  'instrumentation:version': 'string',
} as const;
export type Intrinsic = keyof typeof intrinsicTypes;

/** Scoped spellings of intrinsics that also have an older one without scope. */
const scopedSpellings: { readonly [spelling: string]: Intrinsic } = {
  'span:duration': 'duration',
  'span:name': 'name',
  'span:status': 'status',
  'span:statusMessage': 'statusMessage',
  'span:kind': 'kind',
  'trace:duration': 'traceDuration',
  'trace:rootName': 'rootName',
  'trace:rootService': 'rootServiceName',
};

/** Every way to write an intrinsic, for completion. */
export const intrinsicSpellings: readonly string[] = [
  ...Object.keys(scopedSpellings),
  ...Object.keys(intrinsicTypes).filter(name => name !== 'parent'),
];

export function intrinsicOf(word: string): Intrinsic | undefined {
  if (Object.hasOwn(scopedSpellings, word)) return scopedSpellings[word];
  return Object.hasOwn(intrinsicTypes, word) ? (word as Intrinsic) : undefined;
}

/** '' is `.name`: the span's attribute, else its resource's. */
export const attributeScopes = [
  '',
  'span',
  'resource',
  'event',
  'link',
  'instrumentation',
  'parent',
] as const;
export type AttributeScope = (typeof attributeScopes)[number];

/** What a query reads: an attribute or an intrinsic. */
export type Field = { readonly offset: number } & (
  | { readonly node: 'attribute'; readonly scope: AttributeScope; readonly name: string }
  | { readonly node: 'intrinsic'; readonly name: Intrinsic }
);

/** As Tempo names it in labels: `.a`, `span.a`, `name`, `span:childCount`. */
export function fieldLabel(field: Field): string {
  return field.node === 'intrinsic' ? field.name : `${field.scope}.${field.name}`;
}
