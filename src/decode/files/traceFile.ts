/** Saved traces of any supported format. */
export interface TraceFile {
  /** `OTLP JSON`, `OTLP JSON Lines`… */
  readonly format: string;
  /** Spans that were left out, with the reasons among the warnings. */
  readonly rejected: number;
  readonly warnings: string[];
}

/** Is given each `ExportTraceServiceRequest` of a file, in protobuf, for `scanTraces`. */
export type TakeRequest = (request: Uint8Array) => void;
