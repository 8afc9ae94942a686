import { type AttributeWrite, attributeWrites } from '../facts/attributes/attributes.ts';
import { isAbout, isOfCommit } from '../facts/attributes/attributesHarmless.ts';
import { type SensitiveSource, sensitiveSource } from '../facts/attributes/attributesValues.ts';
import { isOptedIn } from '../facts/conditions.ts';
import type { FileFacts } from '../facts/fileFacts.ts';
import { contains } from '../facts/walk.ts';
import { hashValue } from '../fixes/hashValue.ts';
import { removeWrite } from '../fixes/removeWrite.ts';
import type { Rule } from './rule.ts';
import { dataOf, placeOf, sensitiveOptions } from './sensitiveWords.ts';
import { sensitiveWrite } from './spl201-sensitive-attribute-key.ts';

/** Conventions whose content is what a user has typed; one opts in to them. */
const content =
  /^(?:gen_ai|llm|ai|openinference|traceloop|langfuse|input|output|prompt|completion|messages?)\b/;

export const sensitiveValueSource: Rule = {
  id: 'SPL202',
  name: 'sensitive-value-source',
  group: 'sensitive',
  severity: 'warning',
  confidence: 'medium',
  languages: ['javascript', 'typescript', 'python', 'go', 'java', 'csharp'],
  inInstrumentation: true,
  fix: 'unsafe',
  docs: {
    what: 'Finds values that are read from something sensitive, whatever their key is called: a header, a form field, an environment variable, a property; or that hold a whole request, environment or user.',
    why: 'A whole body or header map carries whatever its sender puts in: passwords, session cookies, tokens. It reaches the backend with the first such request, and nobody notices.',
    examples: [
      {
        language: 'typescript',
        bad: "span.setAttribute('app.request', JSON.stringify(req.headers));",
        good: "span.setAttribute('app.request.content_type', req.headers['content-type']);",
      },
      {
        language: 'python',
        bad: 'span.set_attribute("app.caller", request.headers["Authorization"])',
        good: 'span.set_attribute("app.caller.present", "Authorization" in request.headers)',
      },
      {
        language: 'go',
        bad: 'span.SetAttributes(attribute.String("app.caller", r.Header.Get("Authorization")))',
        good: 'span.SetAttributes(attribute.Bool("app.caller.present", r.Header.Get("Authorization") != ""))',
      },
    ],
    notReported: [
      'Lengths, comparisons, and values that are hashed, masked, encrypted or cut to a few letters.',
      'Constants of classes and of packages, and what there is for each kind of thing: `Channel.Email`, `templates.email`.',
      'Attributes that SPL201 reports for their key.',
      'The content of GenAI conventions.',
      'Whole bodies and the like are an info where an option asks for them: `if (options.captureBody)`.',
    ],
    fix: 'Leaves the value out, or records a hash of it. Not with "fix all": one may want a part of it.',
    evidence: 'A sensitive value at the key in a trace confirms it.',
    options: ['`sensitive.keys.extra`, `sensitive.keys.ignore`.'],
    references: [
      '[Handling sensitive data](https://opentelemetry.io/docs/security/handling-sensitive-data/)',
    ],
  },
  check({ file, options, report }) {
    const own = sensitiveOptions(options);
    const writes = file.get(attributeWrites);
    for (const write of writes) {
      const { sink, key } = write;
      if (sink === 'baggage' || (key !== undefined && content.test(key))) continue;
      const source = sensitiveSource(file, write, own);
      if (source === undefined || sensitiveWrite(file, write, own) !== undefined) continue;
      const { found } = source;
      // `secret.name`: what the variable is called after, not what is in it.
      if (key !== undefined && isAbout(key, found.word)) continue;
      const remove = removeWrite(file, write, 'Do not record it', [write]);
      const hash = found.tier === 'contact' || found.tier === 'identity' ? hashValue(file, write) : undefined;
      report({
        // A variable may have been given it far away.
        at: contains(write.valueAt, source.at) ? source.at : write.valueAt,
        message: messageOf(source, placeOf[sink]),
        severity:
          found.level === 'info' || isAskedFor(file, write, found) || isOfCommit(found.tier, source.text)
            ? 'info'
            : 'warning',
        fixes: [remove === undefined ? undefined : { ...remove, kind: 'unsafe' as const }, hash].filter(
          fix => fix !== undefined,
        ),
        anchor: { attributeKey: key },
      });
    }
  },
};

/** Whole bodies are recorded by those who have turned it on; a credential is one too much wherever it is. */
function isAskedFor(
  file: FileFacts,
  { call, valueAt }: AttributeWrite,
  { tier }: SensitiveSource['found'],
): boolean {
  return tier === 'carrier' && isOptedIn(file, valueAt, call.inFunction);
}

function messageOf({ text, found }: SensitiveSource, place: string): string {
  return found.tier === 'carrier'
    ? `All of ${text} goes into ${place}, with whatever secrets and personal data it holds. Record the fields that are needed.`
    : `${text} is ${dataOf[found.tier]}, and goes into ${place}, where everybody who can read traces can read it.`;
}
