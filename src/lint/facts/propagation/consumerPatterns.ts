import type { Extent, FunctionSyntax } from '../syntax.ts';

/** Code that handles messages as they come: a function that a client calls for each, or the body of a loop over them. */
export interface Consumer {
  /** Id of the client library, as `Service.covers` knows it. */
  readonly library: string;
  /** Where the code stands. */
  readonly at: Extent;
  /** The function that is called for each message; undefined for a loop. */
  readonly handler: FunctionSyntax | undefined;
  /** One message at a time, or several: a batch has links, no parent. */
  readonly batch: boolean;
  /** `message`, as the handler or the loop calls what it is given. */
  readonly message: string | undefined;
}

export interface HandlerPattern {
  readonly library: string;
  /** Qualified name of what is called with the handler. */
  readonly callee: RegExp;
  /** Index of the argument that is the handler, name of the argument, or its key in an object argument; `function`: the first that is one. */
  readonly handler: number | string;
  /** Index of the handler's parameter that is the message. */
  readonly message?: number;
  readonly batch?: true;
}

export interface LoopPattern {
  readonly library: string;
  /** Qualified name of what the loop is over, or of what gives the next message inside it. */
  readonly source: RegExp;
}
