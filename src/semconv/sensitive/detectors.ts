import { type SensitiveKey, sensitiveKey } from './keys.ts';
import {
  cardNumber,
  entropy,
  hasIbanDigits,
  ibanLength,
  isPublicIpv4,
  isPublicIpv6,
  isSocialSecurityNumber,
} from './numbers.ts';
import type { SensitiveLevel } from './words.ts';

/** A part of a text that a detector takes for sensitive. */
export interface Match {
  readonly start: number;
  readonly end: number;
  readonly level: SensitiveLevel;
}

export interface Detector {
  readonly name: string;
  readonly offByDefault?: boolean;
  /** Whether what it finds opens something: a key, a password, a token. */
  readonly secret: boolean;
  /** Must be true for a text to hold any: cheap. */
  mayBeIn(text: string): boolean;
  /**
   * In time linear in the length of the text: every repetition is bounded and cannot start again inside itself.
   * @param key what is known of the key that the text stands under
   */
  matches(text: string, key: KeyOfText): Iterable<Match>;
}

export interface KeyOfText {
  readonly text: string;
  readonly sensitive: SensitiveKey | undefined;
}

/** What stands where a secret would: `***`, `<password>`, `${TOKEN}`, `changeme`. */
const placeholder =
  /^(?:[*xX•.#_?-]+|<.{0,80}|\[.{0,80}|\{.{0,80}|\$.{0,80}|%.{0,20}|:\w{0,60}|@\w{0,60}|null|nil|none|undefined|true|false|empty|redacted|masked|filtered|hidden|removed|secret|pass|passwd|password|pwd|token|apikey|changeme|change[_-]me|example|sample|dummy|fake|test|testing|foo|bar|(?:my|your|some|the)[\w-]{0,60}|(?:test|testing|dummy|fake|sample|example|demo|local|dev|insert|replace|placeholder)[-_][\w-]{0,60})$/i;
const placeholderInside =
  /EXAMPLE|example|REDACTED|x{5}|X{5}|\*{3}|0{10}|1234567890|abcdefgh|abc123|123456789|your[-_]/;

export function isPlaceholder(text: string): boolean {
  return placeholder.test(text) || placeholderInside.test(text);
}

export const detectors: readonly Detector[] = [
  {
    name: 'private-key',
    secret: true,
    mayBeIn: text => text.includes('PRIVATE KEY'),
    *matches(text) {
      const pattern = /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g;
      for (const found of text.matchAll(pattern)) {
        const begin = found.index + found[0].length;
        const close = text.indexOf('-----', begin);
        const end = close < 0 ? Math.min(text.length, begin + 8_192) : close;
        const body = text.slice(begin, Math.min(end, begin + 8_192)).replace(/\\[nr]|\s/g, '');
        if (body.length > 0 && (isPlaceholder(body.slice(0, 80)) || body.startsWith('...'))) continue;
        yield { start: found.index, end, level: body.length >= 64 ? 'error' : 'warning' };
      }
    },
  },
  {
    name: 'jwt',
    secret: true,
    mayBeIn: text => text.includes('eyJ'),
    *matches(text) {
      const pattern = /(?<![\w-])(eyJ[\w-]{8,2048})\.([\w-]{2,16384})\.[\w-]{0,2048}/g;
      for (const found of text.matchAll(pattern)) {
        if (!isTokenHeader(found[1])) continue;
        // The token of jwt.io's front page: sub 1234567890.
        const level = found[2].startsWith('eyJzdWIiOiIxMjM0NTY3ODkwIi') ? 'info' : 'error';
        yield { start: found.index, end: found.index + found[0].length, level };
      }
    },
  },
  {
    name: 'bearer-token',
    secret: true,
    mayBeIn: text => /bearer\s/i.test(text),
    *matches(text) {
      for (const found of text.matchAll(/\bbearer\s{1,4}([\w.~+/=-]{16,4096})/gi))
        if (/\d/.test(found[1]) && !isPlaceholder(found[1])) yield matchOf(found, 'error');
    },
  },
  {
    name: 'basic-credentials',
    secret: true,
    mayBeIn: text => /basic\s/i.test(text),
    *matches(text) {
      for (const found of text.matchAll(/\bbasic\s{1,4}([A-Za-z0-9+/]{8,1024}={0,2})(?![\w+/])/gi)) {
        const pair = /^[\x20-\x7e]{1,256}?:([\x20-\x7e]{1,512})$/.exec(fromBase64(found[1]) ?? '');
        if (pair !== null && !isPlaceholder(pair[1]) && !defaults.test(pair[1]))
          yield matchOf(found, 'error');
      }
    },
  },
  {
    name: 'aws-access-key',
    secret: true,
    mayBeIn: text => /A(?:KIA|SIA|BIA|CCA|3T)/.test(text),
    *matches(text) {
      for (const found of text.matchAll(/(?<!\w)(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?!\w)/g))
        if (!found[0].endsWith('EXAMPLE') && entropy(found[0]) > 2.5) yield matchOf(found, 'error');
    },
  },
  {
    name: 'vendor-token',
    secret: true,
    mayBeIn: text => vendorHint.test(text),
    *matches(text) {
      for (const found of text.matchAll(vendorTokens)) {
        const [token] = found;
        if (isPlaceholder(token) || !/\d/.test(token) || entropy(token) <= 3) continue;
        yield matchOf(found, /^[sr]k_test_/.test(token) ? 'warning' : 'error');
      }
    },
  },
  {
    name: 'url-password',
    secret: true,
    mayBeIn: text => text.includes('://') && text.includes('@'),
    *matches(text) {
      const pattern =
        /(?<![\w+.-])[a-z][a-z0-9+.-]{1,20}:\/\/([^\s/?#@:'"`]{0,100}):([^\s/?#@'"`]{1,200})@[\w.[-]/gi;
      for (const found of text.matchAll(pattern)) {
        const [, user, password] = found;
        if (isPlaceholder(password) || password === user || defaults.test(password)) continue;
        const end = found.index + found[0].length - 2;
        yield { start: end - password.length, end, level: 'error' };
      }
    },
  },
  {
    name: 'credit-card',
    secret: false,
    mayBeIn: text => text.length >= 13 && /\d{3}/.test(text),
    *matches(text, key) {
      if (
        /(?:^|[._-])(?:trace|span|order|request|message|session)?_?(?:id|ids|timestamp|time|date|offset|nanos?)$/i.test(
          key.text,
        )
      )
        return;
      for (const found of text.matchAll(/(?<![\w.+-])\d(?:[ -]?\d){12,18}(?![\w-]|[. ]\d)/g)) {
        const separators = new Set(found[0].match(/[ -]/g));
        if (separators.size > 1) continue;
        const kind = cardNumber(found[0].replace(/[ -]/g, ''));
        if (kind === undefined) continue;
        // One in thirty random numbers passes: grouping or the key has to agree.
        const grouped = /^\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}$|^\d{4}([ -])\d{6}\2\d{4,5}$/.test(found[0]);
        const sure = grouped || key.sensitive?.tier === 'financial';
        if (separators.size > 0 && !grouped) continue;
        yield matchOf(found, sure && kind === 'real' ? 'error' : 'info');
      }
    },
  },
  {
    name: 'iban',
    secret: false,
    mayBeIn: text => /[A-Z]{2}\d\d/.test(text),
    *matches(text) {
      for (const found of text.matchAll(/(?<![\w-])([A-Z]{2})\d{2}/g)) {
        const length = ibanLength(found[1]);
        const end = length === undefined ? undefined : endOfCompact(text, found.index, length);
        if (end === undefined) continue;
        if (hasIbanDigits(text.slice(found.index, end).replace(/[ -]/g, '')))
          yield { start: found.index, end, level: 'error' };
      }
    },
  },
  {
    name: 'us-ssn',
    secret: false,
    mayBeIn: text => /\d{3}/.test(text),
    *matches(text, key) {
      const named = key.sensitive?.tier === 'identity';
      const pattern = named
        ? /(?<![\w.+-])\d{3}([- ]?)\d{2}\1\d{4}(?![\w-]|\.\d)/g
        : /(?<![\w.+-])\d{3}-\d{2}-\d{4}(?![\w-]|\.\d)/g;
      for (const found of text.matchAll(pattern))
        if (isSocialSecurityNumber(found[0].replace(/\D/g, '')))
          yield matchOf(found, named ? 'error' : 'warning');
    },
  },
  {
    name: 'email',
    secret: false,
    mayBeIn: text => text.includes('@'),
    matches: emails,
  },
  {
    name: 'phone',
    secret: false,
    mayBeIn: text => /\d{2}/.test(text),
    *matches(text, key) {
      const named = key.sensitive !== undefined && /phone|msisdn|mobile/.test(key.sensitive.word);
      const pattern = named
        ? /(?<![\w.+-])(?:\+|\()?\d(?:[ ().-]{0,2}\d){6,14}(?![\w-]|\.\d)/g
        : /(?<![\w.+-])\+[1-9]\d{0,2}(?:[ ().-]{0,2}\d){7,13}(?![\w-]|\.\d)/g;
      for (const found of text.matchAll(pattern)) yield matchOf(found, named ? 'warning' : 'info');
    },
  },
  {
    name: 'secret-pair',
    secret: true,
    mayBeIn: text => /pass|pwd|secret|token|key|credential/i.test(text) && /[=:]/.test(text),
    *matches(text) {
      const pattern = /(?<![\w.-])([\w.-]{3,64})(["']?)( ?[=:] ?)(["']?)([^\s&;,"'`)}\]]{4,512})/g;
      for (const found of text.matchAll(pattern)) {
        const [whole, name, , sign, quote, value] = found;
        if (sensitiveKey(name)?.tier !== 'credential' || isPlaceholder(value)) continue;
        if (/^(?:bearer|basic|digest)$/i.test(value) || /^[\w$]+(?:\.[\w$]+)+$|^\w+[(<]/.test(value))
          continue;
        // `password: incorrect` is prose, `password = hash` a comparison.
        const plain = quote === '' && sign !== '=' && sign !== ':';
        const word = /^[a-z]+$/i.test(value) && (sign.trim() === ':' || value.length < 6);
        if (quote === '' && (word || (plain && !/\d/.test(value)))) continue;
        const end = found.index + whole.length;
        yield { start: end - value.length, end, level: 'warning' };
      }
    },
  },
  {
    name: 'random-secret',
    secret: true,
    mayBeIn: text => text.length >= 20,
    *matches(text, key) {
      if (key.sensitive?.tier !== 'credential' && key.sensitive?.tier !== 'ambiguous') return;
      for (const found of text.matchAll(/(?<![\w+/.=-])[\w+/.=-]{20,512}(?![\w+/.=-])/g)) {
        const [token] = found;
        if (isIdentifier(token) || isPlaceholder(token) || !/\d/.test(token) || entropy(token) <= 3.5)
          continue;
        yield matchOf(found, 'warning');
      }
    },
  },
  {
    name: 'public-ip',
    offByDefault: true,
    secret: false,
    mayBeIn: text => /\d\.\d|:[\da-f]{0,4}:/i.test(text),
    *matches(text) {
      for (const found of text.matchAll(/(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)/g))
        if (isPublicIpv4(found[0])) yield matchOf(found, 'info');
      for (const found of text.matchAll(/(?<![\w:.])[23][\da-f]{3}(?::[\da-f]{0,4}){2,7}(?![\w:.])/gi))
        if (isPublicIpv6(found[0])) yield matchOf(found, 'info');
    },
  },
];

/** Whether a text is nothing but an id, a digest, a time or a version: of these telemetry is full. */
export function isIdentifier(text: string): boolean {
  return (
    text.length <= 200 &&
    /^(?:(?=\d{0,15}[a-f])[\da-f]{16}|[\da-f]{32}|[\da-f]{40}|[\da-f]{64}|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|00-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}|sha\d{1,3}:[\da-f]{1,128}|\d{4}-\d\d-\d\d(?:[T ][\d:.,]{5,20}(?:Z|[+-]\d\d:?\d\d)?)?|v?\d{1,4}\.\d{1,4}\.\d{1,5}(?:[-+][\w.+-]{1,60})?|arn:aws[\w-]*:[\w:/*.-]{1,180})$/i.test(
      text,
    )
  );
}

/** Passwords of containers on a developer's machine. */
const defaults =
  /^(?:postgres|postgresql|root|admin|administrator|guest|user|mysql|redis|minio|minioadmin|mongo|rabbitmq|otel|demo|dev|local|secret\w{0,2}|password\d{0,3}|toor|sa|default|1234\d{0,4}|Complexpass#123)$/i;

const vendorTokens = new RegExp(
  `(?<![\\w-])(?:${[
    'gh[pousr]_[A-Za-z0-9]{36,255}',
    'github_pat_\\w{50,100}',
    'gl(?:pat|ptt|dt|rt|cbt|soat)-[\\w-]{20,64}',
    'xox[abposre]-[\\w-]{10,200}',
    'xapp-\\d-[\\w-]{20,200}',
    '[sr]k_(?:live|test)_[A-Za-z0-9]{16,200}',
    'sk-(?:proj-|ant-|svcacct-|or-v1-|lf-)?[\\w-]{20,250}',
    'AIza[\\w-]{35}(?![\\w-])',
    'npm_[A-Za-z0-9]{36}(?!\\w)',
    'pypi-AgEI[\\w-]{50,200}',
    'SG\\.[\\w-]{16,32}\\.[\\w-]{16,64}',
    'ya29\\.[\\w-]{20,500}',
    'hf_[A-Za-z]{30,64}',
    'do[opr]_v1_[a-f0-9]{64}',
    'dckr_pat_[\\w-]{20,64}',
    'gl(?:sa|c)_[\\w+/=]{32,200}',
    'tskey-[a-z]{2,10}-[\\w-]{10,80}',
    'lin_api_[A-Za-z0-9]{32,64}',
    'hv[sbr]\\.[\\w-]{24,200}',
    'NRAK-[A-Z0-9]{27}',
    'sntry[su]_[\\w+/=-]{40,300}',
    'dapi[a-f0-9]{32}',
    'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}',
    'sq0(?:atp|csp)-[\\w-]{22,43}',
    'ops_eyJ[\\w-]{100,2000}',
    '\\d{8,10}:AA[\\w-]{33}(?![\\w-])',
    'AGE-SECRET-KEY-1[A-Z0-9]{58}',
  ].join(
    '|',
  )})|hooks\\.slack\\.com/services/T\\w{6,14}/B\\w{6,14}/\\w{16,40}|AccountKey=[A-Za-z0-9+/]{60,100}={0,2}`,
  'g',
);
const vendorHint =
  /gh[pousr]_|github_pat_|gl\w{2,4}-|gl(?:sa|c)_|xox|xapp-|[sr]k_|sk-|AIza|npm_|pypi-|SG\.|ya29\.|hf_|do[opr]_v1_|dckr_|tskey-|lin_api_|hv[sbr]\.|NRAK-|sntry|dapi|shp|sq0|ops_|:AA|AGE-|hooks\.slack|AccountKey=/;

function matchOf(found: RegExpExecArray, level: SensitiveLevel): Match {
  return { start: found.index, end: found.index + found[0].length, level };
}

/** Where so many letters and digits end, single spaces or hyphens between them left out; undefined if a longer word does. */
function endOfCompact(text: string, start: number, length: number): number | undefined {
  let at = start;
  for (let left = length; left > 0; at++) {
    const isSeparator = text[at] === ' ' || text[at] === '-';
    if (isSeparator && text[at - 1] !== ' ' && text[at - 1] !== '-') continue;
    if (!/[A-Z\d]/.test(text[at] ?? '')) return undefined;
    left--;
  }
  return /\w/.test(text[at] ?? '') ? undefined : at;
}

function isTokenHeader(encoded: string): boolean {
  const decoded = fromBase64(encoded.replaceAll('-', '+').replaceAll('_', '/'));
  return decoded !== undefined && /^\s*\{[\s\S]*"(?:alg|typ|kid|enc)"\s{0,8}:/.test(decoded);
}

function fromBase64(encoded: string): string | undefined {
  try {
    return atob(encoded);
  } catch {
    return undefined;
  }
}

const localCharacter = /[\w.%+-]/;
const domainCharacter = /[A-Za-z0-9.-]/;
/** Nobody's mailbox: reserved names (RFC 2606, 6761), hosts inside a cluster, files, service accounts. */
const notMail =
  /(?:^|\.)(?:example(?:\.(?:com|net|org|edu))?|test|invalid|localhost|local|internal|svc|cluster|lan|corp|home|arpa|onion)$|\.(?:png|jpe?g|gif|svg|webp|ico|css|scss|jsx?|mjs|cjs|tsx?|json|map|html?|txt|md|py|go|java|cs|rb|php|so|jar|sock)$|gserviceaccount\.com$/i;
const notPerson =
  /^(?:git|celery|no[-_.]?reply|do[-_.]?not[-_.]?reply|mailer-daemon|postmaster|\d+|.{0,40}celery)$/i;

/** Looks around every `@`: at most 64 characters to the left and 253 to the right (RFC 5321). */
function* emails(text: string): Generator<Match> {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    let start = at;
    while (start > 0 && at - start <= 64 && localCharacter.test(text[start - 1])) start--;
    let end = at + 1;
    while (end < text.length && end - at <= 253 && domainCharacter.test(text[end])) end++;
    while (end > at && /[.-]/.test(text[end - 1])) end--;
    const [local, domain] = [text.slice(start, at), text.slice(at + 1, end)];
    if (local === '' || local.length > 64 || /[\w@]/.test(text[end] ?? '')) continue;
    if (!/^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}$/.test(domain)) continue;
    if (notMail.test(domain) || notPerson.test(local) || !/[A-Za-z]/.test(local)) continue;
    // `git@host:path` of ssh, `//user@host` and `//user:pass@host` of URLs.
    if (/^:[\w/~]/.test(text.slice(end, end + 2))) continue;
    if (/(?<!mailto:)\/\/[^\s/]{0,200}$/.test(text.slice(Math.max(0, start - 220), start))) continue;
    yield { start, end, level: 'warning' };
  }
}
