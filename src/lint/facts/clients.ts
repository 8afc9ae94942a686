import { goClients } from './clientsGo.ts';
import { pythonClients } from './clientsPython.ts';
import { scriptClients } from './clientsScript.ts';
import type { LanguageId } from './syntax.ts';

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
  /** Keyword argument (Python). */
  readonly keyword?: string;
  /** Methods in the same chain set them: `request.get(url).set(headers)`, `client.R().SetHeaders(headers).Get(url)`. */
  readonly chain?: true;
}

const libraries: { readonly [language in LanguageId]?: readonly ClientLibrary[] } = {
  javascript: scriptClients,
  typescript: scriptClients,
  tsx: scriptClients,
  python: pythonClients,
  go: goClients,
};

/** The library that a call of that qualified name sends with. */
export function libraryCalled(language: LanguageId, qualifiedName: string): ClientLibrary | undefined {
  return libraries[language]?.find(({ sends }) => sends.test(qualifiedName));
}

/** Last names of all that sends: a call with another is none, and need not be resolved. */
export const sendingCallees =
  /^(?:\$?fetch|ofetch|get|post|put|patch|delete|del|head|options|request|stream|raw|(?:post|put|patch)Form|got|ky|axios|needle|send|sendBatch|produce|publish|publishMessage|sendToQueue|add|addBulk|sendMessages?|scheduleMessages|(?:Send|Publish)\w*Command|InvokeCommand|PutEventsCommand|urlopen|getresponse|open|ws_connect|basic_publish|send_and_wait|send_messages?|send_message_batch|publish_batch|xadd|Get|Post|Put|Patch|Delete|Head|Options|PostForm|Do|Send|Execute|SendMessages?|SendMessageBatch|WriteMessages|Produce|ProduceSync|TryProduce|Publish|PublishMsg|PublishBatch|PublishWithContext|PublishWithDeferredConfirm\w*|XAdd|Invoke|NewClient|Dial|DialContext|insecure_channel|secure_channel)$/;
