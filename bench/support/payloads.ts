import { writeTraces } from '../../src/decode/otlp/writeProtobuf.ts';
import { traceRequests } from './spans.ts';

/** A request that can be sent again and again, each time with spans that nobody has seen. */
export class Payload {
  readonly spans: number;
  readonly body: Buffer;
  /** Where the trace ids begin. */
  readonly #traceIds: number[] = [];

  private constructor(body: Buffer, traceIds: readonly string[]) {
    this.body = body;
    this.spans = traceIds.length;
    for (const traceId of traceIds) {
      const at = body.indexOf(Buffer.from(traceId, 'hex'), (this.#traceIds.at(-1) ?? -1) + 1);
      this.#traceIds.push(at);
    }
  }

  /** @param begin of the first trace, nanoseconds since 1970 */
  static make(count: number, spansPerRequest: number, begin?: bigint): Payload[] {
    return traceRequests(count, spansPerRequest, begin).map(request => {
      const spans = request.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(each => each.spans));
      return new Payload(
        Buffer.from(writeTraces(request)),
        spans.map(({ traceId }) => traceId),
      );
    });
  }

  /** Gives all traces other ids: those of one generation belong together. */
  renew(generation: number): void {
    for (const at of this.#traceIds) this.body.writeUInt32BE(generation, at);
  }
}
