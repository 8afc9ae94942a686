import { sensitiveKey } from '../../semconv/sensitive/keys.ts';
import { type AttributeWrite, attributeWrites } from '../facts/attributes/attributes.ts';
import { isHarmless } from '../facts/attributes/attributesHarmless.ts';
import { sensitiveSource } from '../facts/attributes/attributesValues.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { importNames } from '../fixes/imports.ts';
import { removeWrite } from '../fixes/removeWrite.ts';
import { replace } from '../fixes/text.ts';
import type { Fix, Rule } from './rule.ts';
import { dataOf, sensitiveOptions } from './sensitiveWords.ts';

export const piiInBaggage: Rule = {
  id: 'SPL206',
  name: 'pii-in-baggage',
  group: 'sensitive',
  severity: 'error',
  confidence: 'high',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  inInstrumentation: true,
  fix: 'safe',
  docs: {
    what: 'Finds baggage entries that hold credentials or personal data.',
    why: 'Baggage leaves the process as a header of every outgoing call, in the clear, also of calls to third parties. Each of them gets the value, and may log it.',
    examples: [
      {
        language: 'typescript',
        bad: "const baggage = propagation.createBaggage({ 'user.email': { value: user.email } });",
        good: "const baggage = propagation.createBaggage({ 'user.tier': { value: user.tier } });",
      },
      {
        language: 'python',
        bad: 'ctx = baggage.set_baggage("user.email", user.email)',
        good: 'ctx = baggage.set_baggage("user.tier", user.tier)',
      },
      {
        language: 'go',
        bad: 'member, err := baggage.NewMember("user.email", user.Email)',
        good: 'member, err := baggage.NewMember("user.tier", user.Tier)',
      },
    ],
    notReported: [
      'Opaque ids; a session id is an info.',
      'Constants, lengths, comparisons, and values that are hashed, masked or encrypted.',
    ],
    fix: 'Leaves the entry out.',
    evidence: 'Sensitive values in an attribute of that name, or in a captured `baggage` header, confirm it.',
    options: ['`sensitive.keys.extra`, `sensitive.keys.ignore`.'],
    references: [
      '[Baggage security](https://opentelemetry.io/docs/concepts/signals/baggage/#baggage-security-considerations)',
    ],
  },
  check({ file, options, report }) {
    const own = sensitiveOptions(options);
    const writes = file.get(attributeWrites).filter(({ sink }) => sink === 'baggage');
    for (const write of writes) {
      const { key = '', keyAt, valueAt } = write;
      const found = sensitiveKey(key, own?.keys);
      const named = found === undefined || isHarmless(file, write, found) ? undefined : found;
      const source = named === undefined ? sensitiveSource(file, write, own) : undefined;
      const session = /^session[._]?id$/i.test(key);
      if (named === undefined && source === undefined && !session) continue;
      const tier = named?.tier ?? source?.found.tier;
      const weak = named?.level === 'info' || source?.found.level === 'info';
      report({
        at: keyAt ?? valueAt,
        message:
          tier === undefined
            ? `Baggage leaves the process with every call, third parties included: whoever gets "${key}" may be able to use the session.`
            : `${key === '' ? 'This entry' : `"${key}"`} puts ${tier === 'carrier' ? 'a whole request' : dataOf[tier]} into baggage, which leaves the process as a header of every call, third parties included.`,
        severity: tier === undefined || weak ? 'info' : 'error',
        fixes: fixesOf(file, write, writes),
        anchor: { attributeKey: key },
      });
    }
  },
};

function fixesOf(file: FileFacts, write: AttributeWrite, all: readonly AttributeWrite[]): Fix[] {
  const title = 'Leave it out of the baggage';
  const fix = removeWrite(file, write, title, all) ?? withoutBaggage(file, write, title);
  return fix === undefined ? [] : [fix];
}

/** Python's `set_baggage` returns the context: the one that it was given, or the current one, takes its place. */
function withoutBaggage(file: FileFacts, { call }: AttributeWrite, title: string): Fix | undefined {
  if (file.language !== 'python') return undefined;
  const given = call.named.get('context') ?? call.arguments[2];
  if (given !== undefined && given.type !== 'constant')
    return { title, kind: 'safe', edits: [replace(call.at, given.at.text)] };
  const [{ local, edits }] = importNames(file, [{ module: 'opentelemetry.context', name: 'get_current' }]);
  return { title, kind: 'safe', edits: [...edits, replace(call.at, `${local}()`)] };
}
