import { wireType } from '../protobuf/wire.ts';
import { anyValueSchema, type Field, keyValueSchema, type MessageSchema, type ScalarType } from './schema.ts';

/** A message as `JsonTranscoder` meets it: its fields by the bytes of their names. */
export interface MessagePlan {
  /** The fields whose names begin alike are chained by `next`. */
  readonly slots: readonly (FieldPlan | undefined)[];
  /** How many bytes the length of one usually takes; another number costs a move. */
  readonly lengthBytes: number;
  readonly isAnyValue: boolean;
  /** For `KeyValue`, the plan of its values. */
  readonly attributeValue: MessagePlan | undefined;
}

export interface FieldPlan {
  readonly field: Field;
  /** The name and the quote after it, four bytes a word; the last word overlaps the one before. */
  readonly words: Int32Array;
  readonly nameLength: number;
  /** The bytes of the tag, the first one lowest. */
  readonly tag: number;
  /** Set in the mask of the fields that a message has had. */
  readonly bit: number;
  /** How the value is written: one of `written`; a message if `message` is defined. */
  readonly as: number;
  readonly message: MessagePlan | undefined;
  readonly repeated: boolean;
  readonly presence: boolean;
  readonly next: FieldPlan | undefined;
}

/** The forms of scalars on the wire. Numbers, as they are switched on for every value. */
export const written = {
  text: 0,
  varint32: 1,
  signed64: 2,
  fixed64: 3,
  fixed32: 4,
  double: 5,
  bool: 6,
  bytes: 7,
  traceId: 8,
  spanId: 9,
  message: 10,
  /** Not by `JsonTranscoder`. */
  otherwise: 11,
} as const;

const forms: { readonly [type in ScalarType]?: number } = {
  string: written.text,
  bool: written.bool,
  double: written.double,
  int64: written.signed64,
  fixed64: written.fixed64,
  uint32: written.varint32,
  enum: written.varint32,
  fixed32: written.fixed32,
  bytes: written.bytes,
  traceId: written.traceId,
  spanId: written.spanId,
};

const wireTypes: { readonly [form: number]: number } = {
  [written.varint32]: wireType.varint,
  [written.signed64]: wireType.varint,
  [written.bool]: wireType.varint,
  [written.fixed64]: wireType.fixed64,
  [written.double]: wireType.fixed64,
  [written.fixed32]: wireType.fixed32,
};

const lengthBytes: { readonly [message: string]: number } = {
  ResourceSpans: 3,
  ScopeSpans: 3,
  Resource: 2,
  Span: 2,
};

const slotBits = 6;

/** The slot for a name that begins with these four bytes. */
function slotOf(word: number): number {
  return Math.imul(word, 0x9e3779b1) >>> (32 - slotBits);
}

/** The field whose name begins at `at`, after the quote. */
export function fieldAt(plan: MessagePlan, view: DataView, at: number): FieldPlan | undefined {
  let field = plan.slots[slotOf(view.getInt32(at, true))];
  while (field !== undefined && !isNamed(field, view, at)) field = field.next;
  return field;
}

/** Whether the name at `at`, with the quote after it, is that of the field. */
function isNamed(field: FieldPlan, view: DataView, at: number): boolean {
  const { words, nameLength } = field;
  if (at + nameLength >= view.byteLength) return false;
  const last = words.length - 1;
  for (let i = 0; i < last; i++) if (view.getInt32(at + 4 * i, true) !== words[i]) return false;
  return view.getInt32(at + nameLength - 3, true) === words[last];
}

/** The plan of a message and of all it contains, made once and kept in `known`. */
export function planOf(schema: MessageSchema, known: Map<MessageSchema, MessagePlan>): MessagePlan {
  const before = known.get(schema);
  if (before !== undefined) return before;
  const slots: (FieldPlan | undefined)[] = new Array(1 << slotBits).fill(undefined);
  const plan: MessagePlan = {
    slots,
    lengthBytes: lengthBytes[schema.name] ?? 1,
    isAnyValue: schema === anyValueSchema,
    attributeValue: schema === keyValueSchema ? planOf(anyValueSchema, known) : undefined,
  };
  known.set(schema, plan);
  for (const [name, field] of schema.byName) {
    const words = wordsOf(name);
    const slot = slotOf(words[0]);
    const as = formOf(field);
    slots[slot] = {
      field,
      words,
      nameLength: name.length,
      tag: tagOf(field.number, wireTypes[as] ?? wireType.bytes),
      bit: 1 << field.number,
      as,
      message: typeof field.type === 'string' ? undefined : planOf(field.type, known),
      repeated: field.repeated,
      presence: field.presence,
      next: slots[slot],
    };
  }
  return plan;
}

function formOf({ type, repeated, number }: Field): number {
  if (number > 31) return written.otherwise;
  if (typeof type !== 'string') return written.message;
  return repeated ? written.otherwise : (forms[type] ?? written.otherwise);
}

function tagOf(number: number, type: number): number {
  const tag = (number << 3) | type;
  return tag < 128 ? tag : (tag & 127) | 128 | ((tag >>> 7) << 8);
}

/** No name in OTLP has fewer than three letters: with its quote, each fills a word. */
function wordsOf(name: string): Int32Array {
  const bytes = Buffer.from(`${name}"`, 'latin1');
  const words = Array.from({ length: name.length >>> 2 }, (_, i) => bytes.readInt32LE(4 * i));
  return Int32Array.of(...words, bytes.readInt32LE(name.length - 3));
}
