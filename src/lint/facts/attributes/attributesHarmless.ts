import {
  keySegments,
  type SensitiveKey,
  type SensitiveTier,
  sensitiveKey,
} from '../../../semconv/sensitive/keys.ts';
import type { FileFacts } from '../fileFacts.ts';
import { type Expression, type FunctionSyntax, staticText } from '../syntax.ts';
import type { AttributeWrite } from './attributeWrite.ts';

/** Makes something else of a value, from which it cannot be read. */
export const masks =
  /hash|hmac|mask|redact|sanit|scrub|tokeniz|encrypt|obfus|anonym|pseudonym|truncat|fingerprint|digest|sha\d|md5|bcrypt|checksum|sum256|cipher|censor|last_?(?:4|four)|strength|^(?:hide\w*|nameof|cwd|getcwd|Getwd|len|length|size|count|Boolean|bool|Bool|isinstance|hasattr|typeof|type|isNaN|any|all|has|exists|includes|contains|startsWith|endsWith|startswith|endswith|Contains|StartsWith|EndsWith|HasPrefix|HasSuffix|isEmpty|isBlank|IsNullOrEmpty|IsNullOrWhiteSpace|equals|Equals|equalsIgnoreCase|test|matches|match|indexOf|index|slice|substring|substr|Substring|id|is[A-Z]\w*|Is[A-Z]\w*|is_\w+|has[A-Z]\w*|Has[A-Z]\w*|has_\w+|verify\w*|validate\w*|check\w*|compare\w*)$/i;
/** Last words of names that speak about a value without being it. */
const describing = new Set(
  (
    'id ids name type kind namespace count length len size status state version provider method scheme enabled disabled valid ' +
    'verified present missing required changed hash digest fingerprint last4 domain expiry expires expiration exp ttl issuer alg ' +
    'algorithm prefix index position level code ok found exists used ref arn uuid strength score result source mode format lifetime ' +
    'age created updated at date time duration usage limit quota template subject policy role roles scope scopes path file ' +
    'alias label title slug kid ns cwd dir directory folder authorized allowed denied granted approved decision expired'
  ).split(' '),
);
const booleanName =
  /^(?:is|has|should|can|needs|was|did|with|without|use|uses|allow|requires?|notify|send|skip|show|include|enable|disable|num|max|min|total)(?:[A-Z_])/;
const booleanTypes = /^(?:bool|boolean|booleanArray|BoolSlice|Bool)$/;
const numberTypes = /^(?:Int|Int64|Float64|long|double|IntSlice|Int64Slice|Float64Slice)$/;

/**
 * Whether what is written cannot be the datum that its key speaks of: a constant, a length, a comparison, a hash, the
 * id or type of the thing.
 */
export function isHarmless(file: FileFacts, write: AttributeWrite, { word, tier }: SensitiveKey): boolean {
  const { value, valueType, call } = write;
  if (isOfNobody(value, tier)) return true;
  if (valueType !== undefined && booleanTypes.test(valueType)) return true;
  const mayBeNumber = tier === 'financial' || tier === 'identity' || tier === 'contact' || tier === 'health';
  if (valueType !== undefined && numberTypes.test(valueType) && !mayBeNumber) return true;
  return isMade(file, value, word, call.inFunction, 0);
}

/** Whether a value is no datum itself, but says something about one, or is what a mask leaves of it. */
export function isMade(
  file: FileFacts,
  value: Expression,
  word: string,
  from: FunctionSyntax | undefined,
  hops = 0,
): boolean {
  if (hops > 4) return false;
  const isMadeToo = (each: Expression) => isMade(file, each, word, from, hops + 1);
  switch (value.type) {
    case 'constant':
      return true;
    case 'text':
      return (
        value.parts.some(part => typeof part === 'string' && masked.test(part)) ||
        value.parts.every(part => typeof part === 'string' || isMadeToo(part))
      );
    case 'choice':
      return value.values.every(isMadeToo);
    case 'operation':
      return (
        !/^(?:\+|await|\.\.\.|%|\*|&|:|as|=)$/.test(value.operator) ||
        (value.operands.length > 0 && value.operands.every(isMadeToo)) ||
        value.operands.some(isMask)
      );
    case 'call':
      return (
        masks.test(value.callee) ||
        speaksAbout(value.callee.replace(/^get_?/i, ''), word) ||
        (replaces.test(value.callee) && value.arguments.some(isMask)) ||
        (keeps.test(value.callee) && value.receiver !== undefined && isMadeToo(value.receiver))
      );
    case 'list':
      return value.values.length > 0 && value.values.every(isMadeToo);
    case 'index':
      return isPart(value) || (value.object.type === 'call' && masks.test(value.object.callee));
    case 'member':
      return speaksAbout(value.property, word) || isOfMany(value.object.at.text);
    case 'reference': {
      const name = lastOf(value.path);
      if (hasBooleanName(name) || masks.test(name) || speaksAbout(name, word)) return true;
      if (isSafe(value.path) || isOfMany(ownerOf(value.path))) return true;
      const given = file.names.resolve(value, from);
      return given !== value && isMadeToo(given);
    }
    default:
      return false;
  }
}

/** `redactedHeaders.authorization` */
export function isSafe(path: string): boolean {
  return /mask|redact|saniti[sz]|scrub|anonymi|encrypt|hashed|(?:^|[._])safe/i.test(path);
}

/** What stands for the letters that are left out. */
const masked = /\*{2}|[•…]|x{4}|X{4}|REDACTED|MASKED/;
const replaces = /^(?:replace|replaceAll|replace_all|replaceFirst|Replace|ReplaceAll|ReplaceAllString|sub)$/;
/** `key.id.toString()` */
const keeps = /^(?:toString|ToString|String|to_string|trim|strip|lower|toLowerCase|ToLower|hex|Hex)$/;

function isMask(value: Expression): boolean {
  const text = staticText(value);
  return text !== undefined && (masked.test(text) || /^[*x#•]$/.test(text));
}

/** A few letters of it, but not all that follows `Bearer `; of an address of mail, where it is. */
function isPart({ object, key, at }: Expression & { type: 'index' }): boolean {
  if (object.type === 'call' && /split|partition/i.test(object.callee))
    return object.arguments.some(each => staticText(each) === '@');
  return key.type === 'operation' && key.operator === ':' && !/\[\s*\d+\s*(?::|\.\.)\s*\]$/.test(at.text);
}

/** Whether a name says that it is a flag or a number: `hasEmail`, `max_tokens`. */
export function hasBooleanName(name: string): boolean {
  return booleanName.test(name);
}

/** The address that a service writes mail from, what stands in its code, and made-up people, are nobody's. */
export function isOfNobody({ at: { text } }: Expression, tier: SensitiveTier | 'carrier'): boolean {
  return (
    (tier === 'contact' || tier === 'identity') &&
    [configuration, invented, constant].some(each => each.test(text))
  );
}

const configuration =
  /^(?:(?:this|self|s|process|os)\.|_)*(?:\w*(?:config|cfg|conf|settings|properties)|env(?:iron(?:ment)?)?|getenv|Getenv|\w*options\.Value)\b/i;
const constant = /^[A-Z][A-Z\d]*(?:_[A-Z\d]+)*$/;
const invented = /^(?:\w+\.)?(?:faker|fake|casual|chance|fixture)\b/i;

/** The address that somebody commits with is told by the repository: who may read that has it. */
export function isOfCommit(tier: SensitiveTier | 'carrier', ...texts: readonly string[]): boolean {
  if (tier !== 'contact') return false;
  const segments = new Set(texts.flatMap(keySegments));
  const isOf = (...words: readonly string[]) => words.some(each => segments.has(each));
  return isOf('commit', 'committer') || (isOf('author') && isOf('git', 'github', 'gitlab', 'vcs'));
}

/** Whether a key says that it holds something about what the word means: `secrets.secret_name`, of a secret. */
export function isAbout(key: string, word: string): boolean {
  const segments = keySegments(key);
  return describing.has(segments.at(-1) ?? '') && segments.slice(0, -1).join('_').endsWith(word);
}

/** `secret.name` under `secret`, but not `user.firstName` under `first_name`. */
function speaksAbout(name: string, word: string): boolean {
  const segments = keySegments(name);
  const last = segments.at(-1) ?? '';
  return describing.has(last) && !word.endsWith(last) && sensitiveKey(name) === undefined;
}

function ownerOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('.'), 0));
}

export function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

/** One for each of several kinds of things: `templates.email`, `counts.password`. */
export function isOfMany(owner: string): boolean {
  return /(?:^|[._])\w*(?:templates?|queues?|topics?|channels|providers|counts?|stats|metrics|errors|features|flags|strateg(?:y|ies)|types?|labels|routes|urls|links|icons|handlers|validators|schemas?|enums?|kinds?|(?:auth|login|contact|mfa|grant)_?methods?|rules|patterns|formats?|messages|limits|costs|prices|preferences|notifications|consents|permissions)$/i.test(
    owner,
  );
}
