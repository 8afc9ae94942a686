/**
 * The messages of OTLP as data (opentelemetry-proto 1.11: `common/v1`, `resource/v1`, `trace/v1`, `logs/v1`,
 * `metrics/v1` and the three `collector` services), so that one reader and one writer serve them all, in protobuf and
 * in OTLP/JSON. The hot paths (`scanTraces`, `scanLogs`) have readers of their own.
 */
export type ScalarType =
  | 'string'
  | 'bool'
  | 'double'
  | 'int64'
  | 'uint64'
  | 'fixed64'
  | 'sfixed64'
  | 'uint32'
  | 'fixed32'
  | 'int32'
  | 'sint32'
  | 'bytes'
  | 'traceId'
  | 'spanId'
  | 'enum';

export interface Field {
  readonly name: string;
  readonly number: number;
  readonly type: ScalarType | MessageSchema;
  readonly repeated: boolean;
  /** Written and shown even if it has the default value: members of a `oneof`, `optional` fields. */
  readonly presence: boolean;
  /** Shown with its default value if it is not on the wire. */
  readonly required: boolean;
  /** An element that cannot be represented is left out alone: spans, log records, data points. */
  readonly separable: boolean;
  /** For enums: the names of the values, of which OTLP/JSON should only use the numbers. */
  readonly names?: readonly string[];
}

export interface MessageSchema {
  readonly name: string;
  readonly byNumber: readonly (Field | undefined)[];
  readonly required: readonly Field[];
  /** By lowerCamelCase name, snake_case name and alias. */
  readonly byName: ReadonlyMap<string, Field>;
}

type Declared = readonly [number, ScalarType | MessageSchema | (() => MessageSchema), ...Option[]];
type Option =
  | 'repeated'
  | 'presence'
  | 'required'
  | 'separable'
  | { readonly enum: readonly string[] }
  | { readonly alias: string };

/** Messages that contain themselves are named by functions, which are called once all messages are declared. */
const recursive: (() => void)[] = [];

function message(name: string, declared: { readonly [field: string]: Declared }): MessageSchema {
  const byNumber: (Field | undefined)[] = [];
  const byName = new Map<string, Field>();
  for (const [fieldName, [number, declaredType, ...options]] of Object.entries(declared)) {
    const enumeration = options.find(option => typeof option === 'object' && 'enum' in option);
    const field: Field = {
      name: fieldName,
      number,
      type: typeof declaredType === 'function' ? 'bytes' : declaredType,
      repeated: options.includes('repeated'),
      presence: options.includes('presence'),
      required: options.includes('required'),
      separable: options.includes('separable'),
      names: (enumeration as { enum: readonly string[] } | undefined)?.enum,
    };
    if (typeof declaredType === 'function')
      recursive.push(() => Object.assign(field, { type: declaredType() }));
    byNumber[number] = field;
    byName.set(fieldName, field);
    byName.set(
      fieldName.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
      field,
    );
    for (const option of options)
      if (typeof option === 'object' && 'alias' in option) byName.set(option.alias, field);
  }
  return {
    name,
    byNumber,
    byName,
    required: byNumber.filter(field => field?.required) as Field[],
  };
}

export const anyValueSchema: MessageSchema = message('AnyValue', {
  stringValue: [1, 'string', 'presence'],
  boolValue: [2, 'bool', 'presence'],
  intValue: [3, 'int64', 'presence'],
  doubleValue: [4, 'double', 'presence'],
  arrayValue: [5, () => arrayValueSchema],
  kvlistValue: [6, () => keyValueListSchema],
  bytesValue: [7, 'bytes', 'presence'],
});
const arrayValueSchema = message('ArrayValue', {
  values: [1, () => anyValueSchema, 'repeated', 'required'],
});
export const keyValueSchema = message('KeyValue', {
  key: [1, 'string', 'required'],
  value: [2, anyValueSchema, 'required'],
});
const keyValueListSchema = message('KeyValueList', { values: [1, keyValueSchema, 'repeated', 'required'] });

export const resourceSchema = message('Resource', {
  attributes: [1, keyValueSchema, 'repeated'],
  droppedAttributesCount: [2, 'uint32'],
});
export const scopeSchema = message('InstrumentationScope', {
  name: [1, 'string'],
  version: [2, 'string'],
  attributes: [3, keyValueSchema, 'repeated'],
  droppedAttributesCount: [4, 'uint32'],
});

const spanKinds = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
  name => `SPAN_KIND_${name}`,
);
const statusCodes = ['UNSET', 'OK', 'ERROR'].map(name => `STATUS_CODE_${name}`);
const eventSchema = message('Event', {
  timeUnixNano: [1, 'fixed64', 'required'],
  name: [2, 'string', 'required'],
  attributes: [3, keyValueSchema, 'repeated'],
  droppedAttributesCount: [4, 'uint32'],
});
const linkSchema = message('Link', {
  traceId: [1, 'traceId', 'required'],
  spanId: [2, 'spanId', 'required'],
  traceState: [3, 'string'],
  attributes: [4, keyValueSchema, 'repeated'],
  droppedAttributesCount: [5, 'uint32'],
  flags: [6, 'fixed32'],
});
export const spanSchema = message('Span', {
  traceId: [1, 'traceId', 'required'],
  spanId: [2, 'spanId', 'required'],
  traceState: [3, 'string'],
  parentSpanId: [4, 'spanId'],
  name: [5, 'string', 'required'],
  kind: [6, 'enum', { enum: spanKinds }],
  startTimeUnixNano: [7, 'fixed64', 'required'],
  endTimeUnixNano: [8, 'fixed64', 'required'],
  attributes: [9, keyValueSchema, 'repeated'],
  droppedAttributesCount: [10, 'uint32'],
  events: [11, eventSchema, 'repeated'],
  droppedEventsCount: [12, 'uint32'],
  links: [13, linkSchema, 'repeated'],
  droppedLinksCount: [14, 'uint32'],
  status: [15, message('Status', { message: [2, 'string'], code: [3, 'enum', { enum: statusCodes }] })],
  flags: [16, 'fixed32'],
});
const scopeSpansSchema = message('ScopeSpans', {
  scope: [1, scopeSchema, { alias: 'instrumentationLibrary' }],
  spans: [2, spanSchema, 'repeated', 'separable'],
  schemaUrl: [3, 'string'],
});
export const tracesSchema = message('ExportTraceServiceRequest', {
  resourceSpans: [
    1,
    message('ResourceSpans', {
      resource: [1, resourceSchema],
      scopeSpans: [2, scopeSpansSchema, 'repeated', { alias: 'instrumentationLibrarySpans' }],
      schemaUrl: [3, 'string'],
    }),
    'repeated',
  ],
});

const severityNumbers = ['UNSPECIFIED'].concat(
  ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap(name =>
    ['', '2', '3', '4'].map(n => name + n),
  ),
);
export const logRecordSchema = message('LogRecord', {
  timeUnixNano: [1, 'fixed64'],
  severityNumber: [2, 'enum', { enum: severityNumbers.map(name => `SEVERITY_NUMBER_${name}`) }],
  severityText: [3, 'string'],
  body: [5, anyValueSchema],
  attributes: [6, keyValueSchema, 'repeated'],
  droppedAttributesCount: [7, 'uint32'],
  flags: [8, 'fixed32'],
  traceId: [9, 'traceId'],
  spanId: [10, 'spanId'],
  observedTimeUnixNano: [11, 'fixed64'],
  eventName: [12, 'string'],
});
export const logsSchema = message('ExportLogsServiceRequest', {
  resourceLogs: [
    1,
    message('ResourceLogs', {
      resource: [1, resourceSchema],
      scopeLogs: [
        2,
        message('ScopeLogs', {
          scope: [1, scopeSchema, { alias: 'instrumentationLibrary' }],
          logRecords: [2, logRecordSchema, 'repeated', 'separable'],
          schemaUrl: [3, 'string'],
        }),
        'repeated',
        { alias: 'instrumentationLibraryLogs' },
      ],
      schemaUrl: [3, 'string'],
    }),
    'repeated',
  ],
});

const exemplarSchema = message('Exemplar', {
  timeUnixNano: [2, 'fixed64'],
  asDouble: [3, 'double', 'presence'],
  spanId: [4, 'spanId'],
  traceId: [5, 'traceId'],
  asInt: [6, 'sfixed64', 'presence'],
  filteredAttributes: [7, keyValueSchema, 'repeated'],
});
const numberPointSchema = message('NumberDataPoint', {
  startTimeUnixNano: [2, 'fixed64'],
  timeUnixNano: [3, 'fixed64'],
  asDouble: [4, 'double', 'presence'],
  exemplars: [5, exemplarSchema, 'repeated'],
  asInt: [6, 'sfixed64', 'presence'],
  attributes: [7, keyValueSchema, 'repeated'],
  flags: [8, 'uint32'],
});
const histogramPointSchema = message('HistogramDataPoint', {
  startTimeUnixNano: [2, 'fixed64'],
  timeUnixNano: [3, 'fixed64'],
  count: [4, 'fixed64', 'presence'],
  sum: [5, 'double', 'presence'],
  bucketCounts: [6, 'fixed64', 'repeated'],
  explicitBounds: [7, 'double', 'repeated'],
  exemplars: [8, exemplarSchema, 'repeated'],
  attributes: [9, keyValueSchema, 'repeated'],
  flags: [10, 'uint32'],
  min: [11, 'double', 'presence'],
  max: [12, 'double', 'presence'],
});
const bucketsSchema = message('Buckets', {
  offset: [1, 'sint32'],
  bucketCounts: [2, 'uint64', 'repeated'],
});
const exponentialPointSchema = message('ExponentialHistogramDataPoint', {
  attributes: [1, keyValueSchema, 'repeated'],
  startTimeUnixNano: [2, 'fixed64'],
  timeUnixNano: [3, 'fixed64'],
  count: [4, 'fixed64', 'presence'],
  sum: [5, 'double', 'presence'],
  scale: [6, 'sint32'],
  zeroCount: [7, 'fixed64'],
  positive: [8, bucketsSchema],
  negative: [9, bucketsSchema],
  flags: [10, 'uint32'],
  exemplars: [11, exemplarSchema, 'repeated'],
  min: [12, 'double', 'presence'],
  max: [13, 'double', 'presence'],
  zeroThreshold: [14, 'double'],
});
const summaryPointSchema = message('SummaryDataPoint', {
  startTimeUnixNano: [2, 'fixed64'],
  timeUnixNano: [3, 'fixed64'],
  count: [4, 'fixed64', 'presence'],
  sum: [5, 'double', 'presence'],
  quantileValues: [
    6,
    message('ValueAtQuantile', { quantile: [1, 'double', 'presence'], value: [2, 'double', 'presence'] }),
    'repeated',
  ],
  attributes: [7, keyValueSchema, 'repeated'],
  flags: [8, 'uint32'],
});

const temporality: Declared = [
  2,
  'enum',
  {
    enum: ['UNSPECIFIED', 'DELTA', 'CUMULATIVE'].map(name => `AGGREGATION_TEMPORALITY_${name}`),
  },
];
const metricSchema = message('Metric', {
  name: [1, 'string'],
  description: [2, 'string'],
  unit: [3, 'string'],
  gauge: [5, message('Gauge', { dataPoints: [1, numberPointSchema, 'repeated', 'separable'] })],
  sum: [
    7,
    message('Sum', {
      dataPoints: [1, numberPointSchema, 'repeated', 'separable'],
      aggregationTemporality: temporality,
      isMonotonic: [3, 'bool'],
    }),
  ],
  histogram: [
    9,
    message('Histogram', {
      dataPoints: [1, histogramPointSchema, 'repeated', 'separable'],
      aggregationTemporality: temporality,
    }),
  ],
  exponentialHistogram: [
    10,
    message('ExponentialHistogram', {
      dataPoints: [1, exponentialPointSchema, 'repeated', 'separable'],
      aggregationTemporality: temporality,
    }),
  ],
  summary: [11, message('Summary', { dataPoints: [1, summaryPointSchema, 'repeated', 'separable'] })],
  metadata: [12, keyValueSchema, 'repeated'],
});
export const metricsSchema = message('ExportMetricsServiceRequest', {
  resourceMetrics: [
    1,
    message('ResourceMetrics', {
      resource: [1, resourceSchema],
      scopeMetrics: [
        2,
        message('ScopeMetrics', {
          scope: [1, scopeSchema, { alias: 'instrumentationLibrary' }],
          metrics: [2, metricSchema, 'repeated'],
          schemaUrl: [3, 'string'],
        }),
        'repeated',
        { alias: 'instrumentationLibraryMetrics' },
      ],
      schemaUrl: [3, 'string'],
    }),
    'repeated',
  ],
});

export const dataPointSchemas = {
  gauge: numberPointSchema,
  sum: numberPointSchema,
  histogram: histogramPointSchema,
  exponentialHistogram: exponentialPointSchema,
  summary: summaryPointSchema,
};

for (const resolve of recursive) resolve();
