import { inWorkers } from '../../project/coverage.ts';
import type { CodeEvidence } from '../../project/types.ts';
import type { FileFacts } from '../fileFacts.ts';
import { type CallExpression, field, staticText } from '../syntax.ts';
import { enclosing } from '../walk.ts';
import { instrumentorsDerived, instrumentorsGiven } from './instrumentorsGiven.ts';
import { sdkFacts } from './sdk.ts';
import { selfStartingModules, vendorModules } from './sdkNames.ts';
import { calledOnlyBy, setUpNames } from './setUpNames.ts';

/** What a file says about the telemetry of its service, for the project. */
export function sdkEvidence(file: FileFacts): readonly CodeEvidence[] {
  const { calls, resourceKeys } = file.get(sdkFacts);
  const evidence: CodeEvidence[] = [];
  for (const { at, module } of file.syntax.imports) {
    if (/opentelemetry/i.test(module)) evidence.push({ kind: 'opentelemetry', name: module, at });
    if (selfStartingModules.test(module) && isForEffects(file, module)) {
      evidence.push({ kind: 'autoInstrumentation', name: module, at });
      evidence.push({ kind: 'provider', name: module, at });
    }
    if (vendorModules.test(module)) evidence.push({ kind: 'vendor', name: module, at });
  }
  for (const { role, name, qualifiedName, call } of calls) {
    const { at } = call;
    const calledBy = calledOnlyBy(file, call);
    switch (role) {
      case 'sdk':
      case 'tracerProvider':
      case 'register':
        evidence.push({ kind: 'provider', name, at, calledBy });
        break;
      case 'instrumentation':
        evidence.push({ kind: 'instrumentation', name: name + whereOf(file, call), at, calledBy });
        // The package covers what its name says, the function says which side of it: both can be asked for.
        if (name.includes('.'))
          evidence.push({ kind: 'instrumentation', name: name.split('.')[0], at, calledBy });
        break;
      case 'autoInstrumentation':
        evidence.push({ kind: 'autoInstrumentation', name, at, without: switchedOff(file, call), calledBy });
        break;
      case 'setPropagator':
        evidence.push({ kind: 'propagator', name, at });
        break;
      case 'vendor':
        evidence.push({ kind: 'vendor', name: qualifiedName, at });
        break;
    }
  }
  for (const given of instrumentorsGiven(file)) {
    const { at, name } = given;
    const calledBy = calledOnlyBy(file, given);
    evidence.push({ kind: 'instrumentation', name: name + whereOf(file, given), at, calledBy });
  }
  for (const { callee: name, arguments: given, at } of file.language === 'go' ? file.syntax.calls : [])
    if (name === 'WithTracerProvider' && given.length === 1 && !anyProvider.test(given[0].at.text))
      evidence.push({ kind: 'provider', name, at });
  for (const { at, name } of instrumentorsDerived(file)) evidence.push({ kind: 'instrumentation', name, at });
  for (const { key, at, value } of resourceKeys) {
    evidence.push({ kind: 'resourceKey', name: key, at });
    if (key === 'service.name' && value !== undefined)
      evidence.push({ kind: 'serviceName', name: value, at });
  }
  return [...evidence, ...hosted(file)];
}

/** What is there in any case, or does nothing. */
const anyProvider = /\bGetTracerProvider\(|\b[nN]o-?[oO]p/;

/** Celery: what instruments the processes of workers leaves those that send them tasks as they are. */
function whereOf(file: FileFacts, { inFunction }: Pick<CallExpression, 'inFunction'>): string {
  if (file.language !== 'python' || !file.says(startsWorkers)) return '';
  const isConnected = (name: string) =>
    file.syntax.calls.some(
      ({ callee, receiver, arguments: [given] }) =>
        callee === 'connect' &&
        startsWorkers.test(receiver?.at.text ?? '') &&
        given?.type === 'reference' &&
        given.path === name,
    );
  const isOfWorkers = [...enclosing(inFunction)].some(
    ({ name, decorators }) =>
      decorators.some(({ at }) => startsWorkers.test(at.text)) || (name !== '' && isConnected(name)),
  );
  return isOfWorkers ? inWorkers : '';
}

const startsWorkers = /\bworker_(?:process_)?init\b|\bworker_ready\b/;

/** What others may set up for the file. */
export function mentioned(source: string): CodeEvidence[] {
  return [...setUpNames(source).keys()].map(name => ({ kind: 'mentions', name, at: { start: 0, end: 0 } }));
}

/** `@opentelemetry/instrumentation-http` of `getNodeAutoInstrumentations({ '@opentelemetry/instrumentation-http': { enabled: false } })` */
function switchedOff(file: FileFacts, { arguments: [given], inFunction }: CallExpression): readonly string[] {
  const options = given === undefined ? undefined : file.names.resolve(given, inFunction);
  if (options?.type !== 'object') return [];
  return options.entries.flatMap(({ key, value }) => {
    const enabled = field(file.names.resolve(value, inFunction), 'enabled');
    return key !== undefined && enabled?.type === 'constant' && enabled.value === false ? key : [];
  });
}

/** Of what is started in a folder that code puts together. */
export const anyFolder = '*';

/** What an AppHost of Aspire starts with a name and the variables of OpenTelemetry: `AddNodeApp("web", "../web")`. */
function hosted({ language, syntax: { source, calls } }: FileFacts): CodeEvidence[] {
  if (language !== 'csharp' || !source.includes('DistributedApplication.CreateBuilder')) return [];
  return calls.flatMap(({ callee, arguments: [, second], at }) => {
    if (second === undefined || !/^Add\w*(?:App|Executable|Dockerfile|Project)$/.test(callee)) return [];
    return [{ kind: 'host', name: staticText(second)?.replaceAll('\\', '/') ?? anyFolder, at }];
  });
}

/** `import '…/register'`, `require('…/register')`: nothing is named. */
function isForEffects(file: FileFacts, module: string): boolean {
  return file.syntax.imports.some(
    each => each.module === module && (each.local === '' || module.endsWith('/register')),
  );
}
