import { type SensitiveKey, sensitiveKey } from '../../../semconv/sensitive/keys.ts';
import type { SensitiveOptions } from '../../../semconv/sensitive/options.ts';
import type { FileFacts } from '../fileFacts.ts';
import { type Expression, type FunctionSyntax, type Place, staticText } from '../syntax.ts';
import { hasBooleanName, isMade, isOfMany, isOfNobody, isSafe, lastOf, masks } from './attributesHarmless.ts';
import type { AttributeWrite } from './attributeWrite.ts';

/** Sensitive data in the value of a write, wherever it comes from. */
export interface SensitiveSource {
  readonly at: Place;
  /** As a reader would name it: `req.headers.authorization`, `user.email`. */
  readonly text: string;
  /** One datum, by the name under which it is read; or all that a request, environment or person has. */
  readonly found:
    | SensitiveKey
    | { readonly tier: 'carrier'; readonly level: 'warning' | 'info'; readonly word: string };
}

const readers =
  /^(?:get|Get|header|getHeader|GetHeader|get_header|FormValue|PostFormValue|getParameter|getenv|Getenv|LookupEnv|getItem|pop|param|query|Query|cookie|Cookie|getCookie|GetEnvironmentVariable|getString|getProperty|getFirst|Peek|GetString|value|Value)$/;
const conversions =
  /^(?:String|str|string|toString|ToString|to_string|trim|Trim|TrimSpace|strip|lower|upper|toLowerCase|ToLower|ToUpper|toUpperCase|encode|decode|format|Format|Sprintf|Sprint|join|Join|concat|repr|valueOf|unescape|quote|Quote|unwrap|or_else|orElse|getOrDefault|encodeURIComponent|decodeURIComponent|btoa|atob)$/;
const dumps =
  /^(?:stringify|inspect|dumps|dump|dict|repr|str|String|Sprintf|Sprint|Sprintln|Marshal|MarshalIndent|MarshalToString|to_json|toJSON|model_dump|model_dump_json|json|asdict|serialize|Serialize|writeValueAsString|toString|ToString|string|entries|fromEntries|items)$/;

/** What the value is read from, if that is sensitive; the first place. */
export function sensitiveSource(
  file: FileFacts,
  { value, call }: AttributeWrite,
  options: SensitiveOptions | undefined,
): SensitiveSource | undefined {
  return new Sources(file, options).find(value, call.inFunction);
}

class Sources {
  readonly #file: FileFacts;
  readonly #options: SensitiveOptions | undefined;

  constructor(file: FileFacts, options: SensitiveOptions | undefined) {
    this.#file = file;
    this.#options = options;
  }

  find(value: Expression, from: FunctionSyntax | undefined, hops = 0): SensitiveSource | undefined {
    if (hops > 6) return undefined;
    switch (value.type) {
      case 'reference':
        return this.#reference(value.path, value, from, hops);
      case 'member':
        return isOfMany(value.object.at.text)
          ? undefined
          : (this.#named(value.property, value) ?? this.#carrier(value));
      case 'index': {
        const key = staticText(value.key);
        return key === undefined || !isCarrierName(value.object.at.text)
          ? undefined
          : this.#named(key, value);
      }
      case 'call':
        return this.#call(value, from, hops);
      case 'text':
        return this.#first(
          value.parts.filter(part => typeof part !== 'string'),
          from,
          hops,
        );
      case 'choice':
        return this.#first(value.values, from, hops);
      case 'operation':
        return /^(?:\+|await|%|\.\.\.)$/.test(value.operator)
          ? this.#first(value.operands, from, hops)
          : undefined;
      default:
        return undefined;
    }
  }

  #first(
    values: readonly Expression[],
    from: FunctionSyntax | undefined,
    hops: number,
  ): SensitiveSource | undefined {
    for (const value of values) {
      const source = this.find(value, from, hops + 1);
      if (source !== undefined) return source;
    }
    return undefined;
  }

  #reference(
    path: string,
    value: Expression,
    from: FunctionSyntax | undefined,
    hops: number,
  ): SensitiveSource | undefined {
    if (this.#isConstant(path, from) || isSafe(path)) return undefined;
    if (isOfMany(path.slice(0, Math.max(path.lastIndexOf('.'), 0)))) return undefined;
    const given = this.#file.names.resolve(value, from);
    // `has_phone = phone in text`, whatever it is called.
    if (given.type === 'operation' && isMade(this.#file, given, '', from)) return undefined;
    const named = this.#named(lastOf(path), value) ?? this.#carrier(value);
    if (named !== undefined) return named;
    // Only what is read plainly: a variable that is made of several things is something new.
    return given !== value &&
      (given.type === 'reference' ||
        given.type === 'index' ||
        given.type === 'call' ||
        given.type === 'choice')
      ? this.find(given, from, hops + 2)
      : undefined;
  }

  #call(
    call: Expression & { type: 'call' },
    from: FunctionSyntax | undefined,
    hops: number,
  ): SensitiveSource | undefined {
    const { callee, receiver, arguments: given } = call;
    if (masks.test(callee) && !readers.test(callee)) return undefined;
    const key = staticText(given[0]);
    if (key !== undefined && readers.test(callee)) {
      const owner = receiver?.at.text ?? callee;
      return isCarrierName(owner) || /env|header|form|cookie|param/i.test(callee)
        ? this.#named(key, call)
        : undefined;
    }
    // What chooses the fields: `JSON.stringify(req.body, withoutSecrets)`.
    const chooses = callee === 'stringify' && given.length > 1 && given[1].type !== 'constant';
    if (dumps.test(callee) && !chooses) {
      for (const each of receiver === undefined || given.length > 0 ? given : [receiver]) {
        const dumped = each.type === 'operation' && each.operator === '...' ? each.operands[0] : each;
        const source = dumped === undefined ? undefined : this.#dumped(dumped, callee);
        if (source !== undefined) return source;
      }
    }
    if (conversions.test(callee) || (dumps.test(callee) && given.some(each => each.type === 'call')))
      return this.#first(receiver === undefined ? given : [receiver, ...given], from, hops);
    // `user.getEmail()`, `req.GetEmail()`, `order.email()`
    return given.length === 0 && receiver !== undefined && !call.constructs
      ? this.#named(callee.replace(/^(?:get_?|Get)(?=[A-Z_a-z])/, ''), call)
      : undefined;
  }

  /** `Headers.AUTHORIZATION` and Go's `pkg.TypePhone` are names of things. */
  #isConstant(path: string, from: FunctionSyntax | undefined): boolean {
    if (
      /^[A-Z][A-Z0-9_]+$/.test(lastOf(path)) &&
      path.includes('.') &&
      !/^(?:process\.env|os\.environ|env|import\.meta\.env)\./.test(path)
    )
      return true;
    const { language } = this.#file;
    // `Channel.Email` is a constant of a class; in C# properties look the same.
    const owner = /(?:^|\.)([A-Z]\w*)\.\w+$/.exec(path)?.[1];
    if (owner !== undefined && language !== 'go') return language !== 'csharp' || ofEnumeration.test(owner);
    if (language !== 'go') return false;
    // What the package declares: `ChannelEmail`.
    if (/^[A-Z]\w*$/.test(path)) return true;
    return this.#file.names.definitions(path.split('.')[0], from)[0]?.kind === 'import';
  }

  #named(name: string, at: Expression): SensitiveSource | undefined {
    const found = sensitiveKey(name, this.#options?.keys);
    if (found === undefined || found.level === 'info' || hasBooleanName(name)) return undefined;
    if (isOfNobody(at, found.tier)) return undefined;
    return { at: at.at, text: oneLine(at.at.text), found };
  }

  /** A whole carrier where a text is expected. */
  #carrier(value: Expression): SensitiveSource | undefined {
    const path = value.at.text;
    const word = /^(?:process\.env|os\.environ|Deno\.env)$/.test(path)
      ? 'environment'
      : /(?:^|[._])(?:req|request|ctx\.req|ctx\.request|event)\.(?:headers|cookies)$|^r\.Header$/.test(path)
        ? 'headers'
        : undefined;
    return word === undefined
      ? undefined
      : { at: value.at, text: path, found: { tier: 'carrier', level: 'warning', word } };
  }

  /** What is turned into one text; of an object, `str()` and `toString()` most likely tell a name or an id. */
  #dumped(value: Expression, by: string): SensitiveSource | undefined {
    const path = value.at.text.replace(/\(\)$/, '').replace(/^[&*]+/, '');
    const found = carrierOf(path);
    if (names.test(by) && found?.word !== undefined && persons.test(found.word)) return undefined;
    return found === undefined ? undefined : { at: value.at, text: oneLine(path), found };
  }
}

const names = /^(?:str|repr|string|String|toString|ToString|items|entries)$/;
const persons =
  /^(?:user|currentUser|current_user|customer|patient|credentials|creds|userInfo|user_info|userProfile|user_profile)$/;

function carrierOf(path: string): SensitiveSource['found'] | undefined {
  const word = (name: string, level: 'warning' | 'info') => ({ tier: 'carrier', level, word: name }) as const;
  if (/^(?:process\.env|os\.environ|System\.getenv)$/.test(path)) return word('environment', 'warning');
  if (
    /^(?:[\w.]*\.)?(?:req|request|httpRequest|ctx\.req|ctx\.request|c\.req|c\.Request|event)\.(?:headers|Header|Headers|cookies|Cookies|get_json|json|body|form|Form|PostForm|POST|data|rawBody)$|^r\.(?:Header|Form|PostForm|Body)$/.test(
      path,
    )
  )
    return word(/header/i.test(path) ? 'headers' : /cookie/i.test(path) ? 'cookies' : 'body', 'warning');
  const last = lastOf(path);
  if (persons.test(last)) return word(last, 'warning');
  if (/^(?:headers|cookies)$/.test(last)) return word(last, 'info');
  return undefined;
}

const ofEnumeration =
  /(?:Type|Kind|Method|Mode|Channel|Name|Key|Field|Scheme|Status|Category|Grant|Provider|Strategy|Purpose|Claim|Scope|Polic(?:y|ie)|Permission|Role|Template|Queue|Topic|Event|Code|Tag|Attribute)s?$/;

/** Holds what came from outside, by key. */
function isCarrierName(text: string): boolean {
  return /(?:headers?|cookies?|form|body|json|data|query|params?|args|environ|env|session|metadata|payload|request|req|values|claims)(?:\(\))?[?!]?$/i.test(
    text.slice(-80),
  );
}

function oneLine(text: string): string {
  const flat = text.replace(/\s+/g, ' ');
  return flat.length > 60 ? `${flat.slice(0, 57)}…` : flat;
}
