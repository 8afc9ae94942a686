import type { FileFacts } from '../fileFacts.ts';
import type { CallExpression, Expression } from '../syntax.ts';

/**
 * What of a call that makes a request or a message may hold its headers, where the library is known: addresses, methods
 * and bodies hold none. undefined: all that it is given may.
 */
export function headerParts(file: FileFacts, call: CallExpression): readonly Expression[] | undefined {
  if (file.language !== 'java' && file.language !== 'csharp') return undefined;
  const { callee, receiver, arguments: given } = call;
  if (receiver !== undefined && setsOther.test(callee)) return namesClass(receiver) ? [] : [receiver];
  if (begins.test(callee)) {
    const name = file.names.callee(call) ?? '';
    return requests.test(name) ? [] : undefined;
  }
  // `new ProducerRecord<>(topic, partition, key, value, headers)`
  if (call.constructs && callee === 'ProducerRecord') return given.length > 4 ? given.slice(-1) : [];
  if (call.constructs && callee === 'HttpEntity') return given.slice(given.length === 2 ? 1 : 0);
  return undefined;
}

/** `HttpRequest.newBuilder`, not `builder.uri(…).build()`: a class has no headers. */
export function namesClass(receiver: Expression): boolean {
  return receiver.type === 'reference' && /(?:^|\.)[A-Z]\w*$/.test(receiver.path);
}

/**
 * Java, C#: whether a call may go to code of the project that is not in sight: an inherited method, a class of the same
 * package.
 */
export function isOfProject(file: FileFacts, call: CallExpression): boolean {
  if (file.language !== 'java' && file.language !== 'csharp') return false;
  const { receiver, constructs } = call;
  if (receiver === undefined && !constructs) return true;
  if (receiver !== undefined && !namesClass(receiver)) return false;
  const name = /^global#(\w+)/.exec(file.names.callee(call) ?? '')?.[1];
  return name !== undefined && !platform.test(name);
}

/** Classes that need no import, or are imported with their whole package: they hold no trace headers by themselves. */
const platform =
  /^(?:Map|HashMap|LinkedHashMap|TreeMap|List|ArrayList|Set|Arrays|Collections|Optional|Objects|String|Integer|Long|Double|Boolean|Math|UUID|URI|URL|Duration|Instant|Encoding|JsonSerializer|JsonConvert|Guid|DateTime\w*|Dictionary|Convert|Headers|Header|HttpHeaders|HttpEntity|Message\w*|\w*Request|\w*Record|\w*Properties|\w*Builder|\w*Attribute\w*|Bson\w*|Json\w*|StringContent|ByteString|Int32|Enumerable|Task|Body\w*|MediaType|HttpMethod)$/;

/** Methods of builders that set anything but headers. */
const setsOther =
  /^(?:ur[il]|GET|POST|PUT|DELETE|PATCH|HEAD|get|post|put|delete|patch|head|method|timeout|version|expectContinue|body(?:Value|ToMono)?|build|copy|newBuilder|tag|cacheControl|setEntity|setUri|addParameters?|setConfig|accept|contentType|contentLength|queueUrl|messageBody|delaySeconds|message(?:Group|Deduplication)Id|topicArn|message|subject|deliveryMode|messageId|correlationId|type|appId|priority|expiration|timestamp|userId|clusterId|contentEncoding)$/;

const begins =
  /^(?:newBuilder|Builder|builder|openConnection|HttpRequestMessage|Message|(?:Simple)?Http(?:Get|Post|Put|Delete|Patch|Head|Options|Request)|SendMessageRequest|PublishRequest|CreateBasicProperties|BasicProperties|create(?:Text|Bytes|Object|Map|Stream)?Message)$/;

const requests =
  /(?:\.|#|^)(?:HttpRequest\.newBuilder|Request\.Builder|\w*Request\.builder|AMQP\.BasicProperties\.Builder|UR[LI](?:\.create)?\(\)(?:\.toURL\(\))?\.openConnection|HttpRequestMessage|(?:Simple)?Http(?:Get|Post|Put|Delete|Patch|Head|Options|Request)|SendMessageRequest|PublishRequest|(?:Confluent\.Kafka\.)?Message|(?:Create)?BasicProperties|create(?:Text|Bytes|Object|Map|Stream)?Message)$/;
