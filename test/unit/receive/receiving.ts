import { connect } from 'node:net';
import protobuf from 'protobufjs';
import { BodyMemory } from '../../../src/receive/bodyMemory.ts';
import { startOtlpGrpc, startOtlpHttp } from '../../../src/receive/otlp.ts';
import type { Receiver, ReceiverOptions, Refusal } from '../../../src/receive/receiver.ts';
import type { Encoding, Outcome, Signal, SignalSink } from '../../../src/receive/signal.ts';

export interface Received {
  signal: Signal;
  encoding: Encoding;
  body: Buffer;
}

/** A receiver on a free port whose sink records what it gets and answers what the test says. */
export class Receiving {
  readonly received: Received[] = [];
  readonly refusals: Refusal[] = [];
  readonly memory: BodyMemory;
  outcome: () => Outcome | Promise<Outcome> = () => ({ kind: 'accepted', rejected: 0, message: '' });
  receiver!: Receiver;

  private constructor(memory: BodyMemory) {
    this.memory = memory;
  }

  static async start(
    kind: 'http' | 'grpc',
    { memory = new BodyMemory(), ...options }: Partial<ReceiverOptions<SignalSink>> = {},
  ): Promise<Receiving> {
    const receiving = new Receiving(memory);
    receiving.receiver = await (kind === 'http' ? startOtlpHttp : startOtlpGrpc)({
      port: 0,
      policy: {},
      memory,
      sink: {
        receive: (signal, encoding, body) => {
          receiving.received.push({ signal, encoding, body: Buffer.from(body) });
          return receiving.outcome();
        },
      },
      onRefused: refusal => receiving.refusals.push(refusal),
      ...options,
    });
    return receiving;
  }

  get port(): number {
    return this.receiver.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  close(): Promise<void> {
    return this.receiver.close();
  }
}

/** Sends bytes as they are and reads until the receiver closes the connection. */
export function rawExchange(port: number, ...parts: (string | Uint8Array)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', chunk => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
    for (const part of parts) socket.write(part);
  });
}

/** The status code of the first answer in raw text. */
export function statusOf(text: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]);
}

/** Waits until something is so, or fails after ten seconds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 1000; turn++) {
    if (condition()) return;
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  throw new Error(`it never came about: ${what}`);
}

/** The answers' messages, for protobufjs to read them independently of how they are written. */
const messages = protobuf.parse(`
  syntax = "proto3";
  message Status { int32 code = 1; string message = 2; }
  message PartialSuccess { int64 rejected = 1; string error_message = 2; }
  message ExportResponse { PartialSuccess partial_success = 1; }
`).root;

export function readStatus(bytes: Uint8Array): { code: number; message: string } {
  const status = messages.lookupType('Status').decode(bytes).toJSON();
  return { code: status.code, message: status.message };
}

export function readExportResponse(
  bytes: Uint8Array,
): { rejected: string; errorMessage: string } | undefined {
  const response = messages.lookupType('ExportResponse').decode(bytes);
  return messages.lookupType('ExportResponse').toObject(response, { longs: String, defaults: false })
    .partialSuccess;
}
