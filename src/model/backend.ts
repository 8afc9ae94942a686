/** Other people's engines that are read from. */
export const backendKinds = ['jaeger', 'tempo', 'zipkin'] as const;
export type BackendKind = (typeof backendKinds)[number];

/** Where a backend is, and how to get in. Complete: whoever asks has read the settings, the files and the secrets. */
export interface BackendTarget {
  /** Absent: found out by its port, or by asking it. */
  readonly kind?: BackendKind;
  /** Base URL of its HTTP API: `https://tempo.example.com`, `http://localhost:16686/jaeger`. */
  readonly url: string;
  /** Sent with every request, to this origin only; their values are secrets. */
  readonly headers?: { readonly [name: string]: string };
  /** Certificates to trust beside those of the system, in PEM. */
  readonly ca?: string;
  /** Do not verify its certificate. */
  readonly insecure?: boolean;
  /** URL of a proxy; absent: that of the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`). */
  readonly proxy?: string;
}

/** What searches without a language of their own can be asked: all of it must hold of one span. */
export interface SearchCriteria {
  readonly serviceName?: string;
  readonly spanName?: string;
  /** Equal, as text. */
  readonly attributes: readonly { readonly key: string; readonly value: string }[];
  readonly errorsOnly: boolean;
  /** Nanoseconds, inclusive. */
  readonly minDuration?: number;
  readonly maxDuration?: number;
}
