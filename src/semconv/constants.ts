import { groupedBy } from '../base/groups.ts';
import irregular from './data/constants.json';
import { attributeInfo, deprecation, isTemplate, knownKeys } from './registry.ts';

/** A constant of one of the packages of the semantic conventions. */
export interface SemconvConstant {
  /** The attribute key that it holds. */
  readonly key: string;
  /** Of a list of names that is itself deprecated: `SemanticAttributes`, `SEMATTRS_*`, Python's `SpanAttributes`. */
  readonly legacy: boolean;
  /** Version of the conventions that the package is of, where its name tells (Go). */
  readonly version: string | undefined;
  /** Go: `HTTPMethodKey` is a key; `HTTPMethod(…)` makes key and value. */
  readonly form: 'key' | 'function';
}

export type ConstantLanguage = 'javascript' | 'python' | 'go' | 'java';

const modules = {
  javascript: /^@opentelemetry\/semantic-conventions(?:\/incubating)?#(.+)$/,
  go: /^go\.opentelemetry\.io\/(?:otel|collector)\/semconv\/v(\d+\.\d+\.\d+)#(\w+)/,
  python:
    /^opentelemetry\.(?:semconv\.(?:(trace|resource)(?:\.\w+)?|ai(?:\.\w+)?|(?:_incubating\.)?attributes\.\w+)|sdk\.resources)\.([A-Z][A-Z0-9_]*)$/,
  java: /^io\.opentelemetry\.(?:semconv|api\.trace\.attributes)\.(?:\w+\.)*(\w*Attributes)\.([A-Z][A-Z0-9_]*)$/,
  csharp: /(?:^|[.#])(\w*(?:Attributes|SemanticConventions))\.Attribute([A-Z]\w*)$/,
} as const;

/**
 * The constant that a qualified name stands for (lint/facts/names.ts writes them):
 * `@opentelemetry/semantic-conventions#ATTR_HTTP_ROUTE`, `go.opentelemetry.io/otel/semconv/v1.26.0#HTTPRouteKey`,
 * `opentelemetry.semconv.trace.SpanAttributes.HTTP_ROUTE`, `io.opentelemetry.semconv.HttpAttributes.HTTP_ROUTE`.
 */
export function semconvConstant(qualifiedName: string): SemconvConstant | undefined {
  const javascript = modules.javascript.exec(qualifiedName);
  if (javascript !== null) return javascriptConstant(javascript[1]);
  const go = modules.go.exec(qualifiedName);
  if (go !== null) return goConstant(go[2], go[1]);
  const python = modules.python.exec(qualifiedName);
  if (python !== null) return constant(keyOfSnake(python[2]), python[1] !== undefined);
  const java = modules.java.exec(qualifiedName);
  if (java !== null) return constant(keyOfSnake(java[2]), /^(?:Semantic|Resource)Attributes$/.test(java[1]));
  const csharp = modules.csharp.exec(qualifiedName);
  return csharp === null ? undefined : constant(keyOfLetters(csharp[2]), false);
}

/** A name to import for a key. */
export interface ConstantName {
  readonly module: string;
  readonly name: string;
}

/**
 * The constant for a key in the package of the language, if it is sure to be there.
 * @param version of the package: `1.28.0` of npm, the version in Go's import path
 */
export function constantFor(
  language: ConstantLanguage,
  key: string,
  version: string | undefined,
): ConstantName | undefined {
  const info = attributeInfo(key);
  if (info === undefined) return undefined;
  const snake = key.toUpperCase().replaceAll(/[.-]/g, '_');
  const stable = info.stability === 'stable';
  switch (language) {
    case 'javascript':
      // The `ATTR_` names of stable keys came with 1.26; the others may change and are not for applications.
      return stable && isAtLeast(version, info.stableSince ?? '1.26.0') && isAtLeast(version, '1.26.0')
        ? { module: '@opentelemetry/semantic-conventions', name: `ATTR_${snake}` }
        : undefined;
    case 'go':
      // Templates have functions only, and carrier codes are spelt in two ways.
      return isAtLeast(version, info.added ?? '1.23.0') && !isTemplate(key) && !/^network\.carrier/.test(key)
        ? { module: `go.opentelemetry.io/otel/semconv/v${version}`, name: `${goName(key)}Key` }
        : undefined;
    case 'python':
      return stable && info.stableSince !== undefined && compareVersions(info.stableSince, '1.26.0') <= 0
        ? {
            module: `opentelemetry.semconv.attributes.${key.slice(0, key.indexOf('.'))}_attributes`,
            name: snake,
          }
        : undefined;
    default:
      return undefined;
  }
}

/** Negative if the first is older. Missing parts are 0. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [a, b].map(version => version.split('.').map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (x[index] ?? 0) - (y[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function isAtLeast(version: string | undefined, least: string): boolean {
  const plain = /\d+(?:\.\d+)*/.exec(version ?? '')?.[0];
  return plain !== undefined && compareVersions(plain, least) >= 0;
}

function javascriptConstant(name: string): SemconvConstant | undefined {
  const match =
    /^(?:ATTR|(SEMATTRS|SEMRESATTRS))_(\w+)$/.exec(name) ??
    // Up to 0.23 the second was called `ResourceAttributes`.
    /^(SemanticAttributes|SemanticResourceAttributes|ResourceAttributes)\.(\w+)$/.exec(name);
  if (match === null) return undefined;
  const written = irregular as { readonly [name: string]: string | undefined };
  const prefix = match[1] === 'SemanticAttributes' ? 'SEMATTRS' : 'SEMRESATTRS';
  return constant(
    written[name] ?? written[`${prefix}_${match[2]}`] ?? keyOfSnake(match[2], match[1] !== undefined),
    match[1] !== undefined,
  );
}

function goConstant(name: string, version: string): SemconvConstant | undefined {
  if (/^CodeLineNumber(?:Key)?$/.test(name) && compareVersions(version, '1.30.0') < 0)
    return { key: 'code.lineno', legacy: false, version, form: name.endsWith('Key') ? 'key' : 'function' };
  const isKey = name.endsWith('Key');
  const key =
    keyOfLetters(isKey ? name.slice(0, -3) : name, version) ??
    (isKey ? keyOfLetters(name, version) : undefined);
  if (key === undefined) return undefined;
  return { key, legacy: false, version, form: isKey ? 'key' : 'function' };
}

function constant(key: string | undefined, legacy: boolean): SemconvConstant | undefined {
  return key === undefined ? undefined : { key, legacy, version: undefined, form: 'key' };
}

let bySnake: Map<string, string[]> | undefined;
let byLetters: Map<string, string[]> | undefined;

/** `HTTP_REQUEST_METHOD`. Where two keys share a name, one has replaced the other: old lists hold the older one. */
function keyOfSnake(name: string, old = false): string | undefined {
  bySnake ??= grouped(key => key.toUpperCase().replaceAll(/[.-]/g, '_'));
  return choose(bySnake.get(name), old ? '0' : undefined);
}

/** `HTTPRequestMethod`, `HttpRequestMethod`. */
function keyOfLetters(name: string, version?: string): string | undefined {
  byLetters ??= grouped(key => key.toLowerCase().replaceAll(/[._-]/g, ''));
  return choose(byLetters.get(name.toLowerCase()), version);
}

function grouped(nameOf: (key: string) => string): Map<string, string[]> {
  return groupedBy(knownKeys(), nameOf);
}

/** The key that was in use in that version; without a version the one that is in use now. */
function choose(keys: readonly string[] | undefined, version: string | undefined): string | undefined {
  if (keys === undefined || keys.length === 1) return keys?.[0];
  const inOrder = keys
    .map(key => ({ key, since: deprecation(key)?.since ?? (deprecation(key) === undefined ? '99' : '0') }))
    .sort((a, b) => compareVersions(a.since, b.since));
  const inUse = inOrder.find(({ since }) => compareVersions(version ?? '98', since) < 0);
  return (inUse ?? inOrder[inOrder.length - 1]).key;
}

const initialisms =
  /^(?:acl|ai|amqp|aks|api|arn|as|asn|aws|az|cicd|cloudevents|cpu|csharp|db|dc|dns|eks|ecs|elb|gc|gcp|gke|grpc|http|http2|https|iaas|id|ios|ip|jvm|json|jsonrpc|k8s|mac|mcp|nfs|oci|os|paas|pid|ppid|ram|rpc|saas|sdk|sql|ssl|tcp|tls|ttl|udp|uid|uri|url|uuid|vcs|vm|xml)$/;

const irregularWords: { readonly [word: string]: string | undefined } = {
  cosmosdb: 'CosmosDB',
  faas: 'FaaS',
  otel: 'OTel',
};

/** `http.request.method` → `HTTPRequestMethod`. */
function goName(key: string): string {
  return key.split(/[._-]/).map(goWord).join('');
}

function goWord(word: string): string {
  if (initialisms.test(word)) return word.toUpperCase();
  return irregularWords[word] ?? word[0].toUpperCase() + word.slice(1);
}
