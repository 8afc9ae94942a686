import type { LanguageId } from '../syntax.ts';
import type { ClientLibrary } from './clientLibrary.ts';
import { csharpClients } from './clientsCsharp.ts';
import { goClients } from './clientsGo.ts';
import { javaClients } from './clientsJava.ts';
import { celery, pythonClients } from './clientsPython.ts';
import { scriptClients } from './clientsScript.ts';

const libraries: { readonly [language in LanguageId]?: readonly ClientLibrary[] } = {
  javascript: scriptClients,
  typescript: scriptClients,
  tsx: scriptClients,
  python: [...pythonClients, celery],
  go: goClients,
  java: javaClients,
  csharp: csharpClients,
};

/** The library that a call of that qualified name sends with. */
export function libraryCalled(language: LanguageId, qualifiedName: string): ClientLibrary | undefined {
  return libraries[language]?.find(({ sends }) => sends.test(qualifiedName));
}

/** Last names of all that sends: a call with another is none, and need not be resolved. */
export const sendingCallees =
  /^(?:\$?fetch|register|ofetch|createProxy(?:Server)?|createServer|get|post|put|patch|delete|del|head|options|request|emit|stream|raw|(?:post|put|patch)Form|got|ky|axios|needle|send|sendBatch|produce|publish|publishMessage|sendToQueue|sendMessageBatch|publishBatch|publishAsync|add|addBulk|sendMessages?|send_task|invoke|delay|apply_async|scheduleMessages|(?:Send|Publish)\w*Command|InvokeCommand|PutEventsCommand|urlopen|getresponse|open|ws_connect|basic_publish|send_and_wait|send_messages?|send_message_batch|publish_batch|xadd|Get|Post|Put|Patch|Delete|Head|Options|PostForm|Do|RoundTrip|NewSingleHostReverseProxy|Send|Execute|SendMessages?|SendMessageBatch|WriteMessages|ProduceSync|TryProduce|Publish|PublishMsg(?:Async)?|RequestMsg(?:WithContext)?|PublishBatch|PublishWithContext|PublishWithDeferredConfirm\w*|XAdd|Invoke|Input|New\w*Client(?:WithResponses)?|Dial|DialContext|Register\w+HandlerFromEndpoint|insecure_channel|secure_channel|for(?:Address|Target)|newChannelBuilder(?:ForAddress)?|sendAsync|newCall|basicPublish|convertAndSend|sendDefault|(?:sendMessage(?:Batch)?|publish(?:Batch)?)Async|Produce(?:Async)?|BasicPublish(?:Async)?|(?:SendMessage|Publish)(?:Batch)?Async|openConnection|execute|exchange(?:ToMono|ToFlux)?|retrieve|(?:get|head|options|post|patch)For\w+)$/;
