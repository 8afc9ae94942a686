/** Saved traces of any supported format, as requests for `scanTraces`. */
export interface TraceFile {
  /** `OTLP JSON`, `OTLP JSON Lines`… */
  readonly format: string;
  /** `ExportTraceServiceRequest`s in protobuf. */
  readonly requests: Uint8Array[];
  /** Spans that were left out, with the reasons among the warnings. */
  readonly rejected: number;
  readonly warnings: string[];
}

/** Reads a file by its content; `name` is only for messages. Throws a `DecodeError` that says what was found instead. */
export declare function readTraceFile(name: string, data: Uint8Array): TraceFile;
