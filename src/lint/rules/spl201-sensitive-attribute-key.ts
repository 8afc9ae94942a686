import { attributeInfo } from '../../semconv/registry.ts';
import { type SensitiveKey, sensitiveKey } from '../../semconv/sensitive/keys.ts';
import type { SensitiveOptions } from '../../semconv/sensitive/options.ts';
import { type AttributeWrite, attributeWrites } from '../facts/attributes/attributes.ts';
import { isHarmless, isOfCommit } from '../facts/attributes/attributesHarmless.ts';
import { isOptedIn } from '../facts/conditions.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { isReferenceTo } from '../facts/references.ts';
import { hashValue } from '../fixes/hashValue.ts';
import { removeWrite } from '../fixes/removeWrite.ts';
import type { Fix, Rule } from './rule.ts';
import { dataOf, placeOf, sensitiveOptions } from './sensitiveWords.ts';

export const sensitiveAttributeKey: Rule = {
  id: 'SPL201',
  name: 'sensitive-attribute-key',
  group: 'sensitive',
  severity: 'warning',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  inInstrumentation: true,
  fix: 'safe',
  docs: {
    what: 'Finds attributes whose key says that they hold a password, a token, a card number or personal data.',
    why: 'Everybody who may look at traces can read attributes; they are kept for weeks, exported to other services and copied into issues. What is in them cannot be taken back: a password has to be changed, and personal data has to be reported and deleted in every backend. Credentials, card numbers and social security numbers are errors.',
    examples: [
      {
        language: 'typescript',
        bad: "span.setAttribute('user.email', user.email);",
        good: "span.setAttribute('user.id', user.id);",
      },
      {
        language: 'python',
        bad: 'span.set_attribute("auth.password", password)',
        good: 'span.set_attribute("auth.password_changed", True)',
      },
      {
        language: 'go',
        bad: 'span.SetAttributes(attribute.String("payment.card_number", card.Number))',
        good: 'span.SetAttributes(attribute.String("payment.card_type", card.Type))',
      },
    ],
    notReported: [
      'Keys in which the word is not what they are about: `password.policy`, `token.count`, `api_key.id`.',
      'Constants, lengths, comparisons, and values that are hashed, masked, encrypted or cut to a few letters.',
      'Addresses that come from the configuration: the one that a service writes mail from.',
      'What an option asks for is an info: `if (options.captureHeaders)`, `if (recordedHeaders.has("cookie"))`.',
      'What the caller of `setUser(id, email)` hands in is an info.',
      'The address of a company or a shop is an info, and so is the one of who made a commit.',
      'Opaque ids: `user.id`, `session.id`.',
      'Addresses of devices that the semantic conventions know.',
    ],
    fix: 'Leaves the attribute out; only telemetry changes. Or records a hash of personal data instead.',
    evidence:
      'A sensitive value at the key in a trace confirms it; fifty spans with harmless values refute it.',
    options: [
      '`sensitive.keys.extra`, `sensitive.keys.ignore`: words (`badge_number`) or keys with `*` (`acme.*.pin`).',
    ],
    references: [
      '[Handling sensitive data](https://opentelemetry.io/docs/security/handling-sensitive-data/)',
      '[Registry: user](https://opentelemetry.io/docs/specs/semconv/registry/attributes/user/)',
    ],
  },
  check({ file, options, report }) {
    const own = sensitiveOptions(options);
    const hits = file.get(attributeWrites).flatMap(write => {
      const found = sensitiveWrite(file, write, own);
      return found === undefined ? [] : [{ write, found }];
    });
    const writes = hits.map(({ write }) => write);
    for (const { write, found } of hits) {
      const { key, keyAt, value, valueAt, sink, certain } = write;
      const isMild =
        isOptedIn(file, keyAt ?? valueAt, write.call.inFunction) ||
        (isOfPerson(found) && isWhatItIsFor(write)) ||
        isOfCommit(found.tier, key ?? '', value.at.text);
      report({
        at: keyAt ?? valueAt,
        message: `"${key ?? found.word}" puts ${dataOf[found.tier]} into ${placeOf[sink]}, where everybody who can read traces can read it.`,
        severity: isMild ? 'info' : found.level,
        confidence: certain ? 'high' : 'medium',
        fixes: fixesOf(file, write, found, writes),
        anchor: { attributeKey: key },
      });
    }
  },
};

/** Whether the key of a write names sensitive data that the value can be. */
export function sensitiveWrite(
  file: FileFacts,
  write: AttributeWrite,
  options: SensitiveOptions | undefined,
): SensitiveKey | undefined {
  const { key, keyAt, sink } = write;
  if (sink === 'baggage' || sink === 'name' || sink === 'status') return undefined;
  const found = sensitiveKey(key ?? constantName(keyAt?.text ?? ''), options?.keys);
  if (found === undefined || isHarmless(file, write, found)) return undefined;
  if (found.tier === 'network' && key !== undefined && attributeInfo(key) !== undefined) return undefined;
  return found.word === 'token' && isAboutLogin(file, write) ? { ...found, level: 'warning' } : found;
}

/** `def set_user(id, email)` of a helper for telemetry: who calls it decides. */
function isWhatItIsFor({ value, call: { inFunction } }: AttributeWrite): boolean {
  return (
    inFunction !== undefined &&
    namesUser.test(inFunction.name) &&
    inFunction.parameters.some(({ name }) => isReferenceTo(value, name))
  );
}

function isOfPerson({ tier }: SensitiveKey): boolean {
  return tier === 'contact' || tier === 'identity';
}

const namesUser =
  /^_*(?:set|identify|attach|assign|tag)_?(?:end_?|current_?)?user(?:_?(?:info|context|attributes?|identity))?$/i;

/** A token may be a coin or a piece of a sentence; where somebody logs in it is not. */
function isAboutLogin({ path }: FileFacts, { call, value, key }: AttributeWrite): boolean {
  const around = `${path.slice(path.lastIndexOf('/') + 1)} ${call.inFunction?.qualifiedName ?? ''} ${value.at.text.slice(0, 80)} ${key}`;
  return (
    /auth|log_?(?:in|out)|sign_?(?:in|out|up)|session|jwt|identity|credential|register|password|bearer|magic/i.test(
      around,
    ) && !/author(?!iz)|price|swap|chain|coin|wallet|market|erc20|lexer|parser|tokeni/i.test(around)
  );
}

/** `Keys.USER_PASSWORD`: a constant of another file says by its name what it holds. */
function constantName(text: string): string {
  const name = /(?:^|\.)([A-Za-z]\w*)$/.exec(text)?.[1] ?? '';
  return /^[A-Z][A-Z0-9_]*$/.test(name) || text.includes('.') ? name.replace(/Key$/, '') : '';
}

function fixesOf(
  file: FileFacts,
  write: AttributeWrite,
  { tier }: SensitiveKey,
  all: readonly AttributeWrite[],
): Fix[] {
  const hash =
    tier === 'contact' || tier === 'identity' || tier === 'health' ? hashValue(file, write) : undefined;
  return [removeWrite(file, write, `Do not record ${write.key ?? 'it'}`, all), hash].filter(
    fix => fix !== undefined,
  );
}
