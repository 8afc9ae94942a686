export type Transport = 'http' | 'grpc' | 'messaging';

/** A library whose calls leave the process, and where the trace context can travel in them. */
export interface ClientLibrary {
  /** As `Service.covers` and evidence know it. */
  readonly id: string;
  readonly transport: Transport;
  /** Qualified names (names.ts) of what is called to send. */
  readonly sends: RegExp;
  /** Where the call takes headers; absent: nowhere, they are on something else or there are none. */
  readonly headers?: HeaderPlace;
  /** Only pages have it. */
  readonly inPages?: true;
  /** What it sends to are mostly programs of others. */
  readonly toOthers?: true;
  /** It sends on what comes in, with its headers: a trace that goes on behind it has no span of it. */
  readonly sendsOn?: true;
  /**
   * Go: generated code that makes a client, which sends by one of `net/http`; indexes of its arguments, options from the
   * third on. The client may be one of the options: `WithHTTPClient(client)`.
   */
  readonly generated?: {
    readonly client: number | 'option';
    readonly address: number;
    readonly options?: number;
  };
  /** Go: it is an interface, and the program may wrap what it is given. */
  readonly wrappable?: true;
  /** The protocol has no place for headers. */
  readonly headerless?: true;
}

export interface HeaderPlace {
  /** Index of the options that have a field `headers`. */
  readonly options?: number;
  /** The same for calls with a body before the options: `axios.post(url, data, options)`. */
  readonly optionsAfterBody?: number;
  /** Index of the argument that has them, and of all after it: messages, requests. */
  readonly from?: number;
  /** Not those after it: a timeout, a channel. */
  readonly only?: true;
  /** Keyword argument (Python). */
  readonly keyword?: string;
  /** Methods in the same chain set them: `request.get(url).set(headers)`, `client.R().SetHeaders(headers).Get(url)`. */
  readonly chain?: true;
  /** Go: the call gives a channel, and what is sent into it has them. */
  readonly channel?: true;
  /** What the call gives has them: `url.openConnection()`. */
  readonly bound?: true;
}
