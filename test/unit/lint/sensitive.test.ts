import assert from 'node:assert/strict';
import { LintConfiguration } from '../../../src/lint/configuration/configuration.ts';
import type { LintSettings } from '../../../src/lint/configuration/spanlineJson.ts';
import { sensitiveRules } from '../../../src/lint/rules/sensitiveRules.ts';
import { lintFiles } from './workspace.ts';

const head = "import { trace } from '@opentelemetry/api';\nconst span = trace.getActiveSpan();\n";

async function found(path: string, source: string, settings: LintSettings = {}): Promise<string[]> {
  const configuration = new LintConfiguration([{ folder: '', settings }]);
  const findings = await lintFiles(new Map([[path, source]]), configuration, sensitiveRules);
  return findings.map(({ rule, severity, at }) => `${rule.id} ${severity} ${source.slice(at.start, at.end)}`);
}

describe('sensitive data', () => {
  it('is what the settings say as well', async () => {
    const source = `${head}span.setAttribute('badge.number', badge);\nspan.setAttribute('user.email', email);\n`;
    assert.deepEqual(await found('a.ts', source), ["SPL201 warning 'user.email'"]);
    assert.deepEqual(
      await found('a.ts', source, { sensitive: { keys: { extra: ['badge_number'], ignore: ['email'] } } }),
      ["SPL201 warning 'badge.number'"],
    );
  });

  it('is not what the settings allow', async () => {
    const source = `${head}span.setAttribute('app.upstream', 'Bearer q7Zk3mWp9RtL2xVb8NcY');\n`;
    assert.deepEqual(await found('a.ts', source), ["SPL203 error 'Bearer q7Zk3mWp9RtL2xVb8NcY'"]);
    assert.deepEqual(await found('a.ts', source, { sensitive: { values: { allow: ['^Bearer q7Zk'] } } }), []);
    assert.deepEqual(
      await found('a.ts', source, { sensitive: { values: { detectors: { 'bearer-token': false } } } }),
      [],
    );
  });

  it('is an error for credentials and card numbers, an info where a word means many things', async () => {
    const keys = ['auth.password', 'card_number', 'user.ssn', 'user.phone', 'app.token', 'client_ip'];
    const source = head + keys.map(key => `span.setAttribute('${key}', value);\n`).join('');
    assert.deepEqual(await found('a.js', source), [
      "SPL201 error 'auth.password'",
      "SPL201 error 'card_number'",
      "SPL201 error 'user.ssn'",
      "SPL201 warning 'user.phone'",
      "SPL201 info 'app.token'",
      "SPL201 info 'client_ip'",
    ]);
  });

  it('is not shown in messages', async () => {
    const source = `${head}span.setAttribute('app.upstream', 'Bearer q7Zk3mWp9RtL2xVb8NcY');\n`;
    const [{ message }] = await lintFiles(new Map([['a.ts', source]]), undefined, sensitiveRules);
    assert.match(message, /B…Y, 27 characters/);
    assert.doesNotMatch(message, /q7Zk|8NcY/);
  });

  it('is an info in tests', async () => {
    const source = `${head}span.setAttribute('user.password', password);\n`;
    assert.deepEqual(await found('src/login.test.ts', source), ["SPL201 info 'user.password'"]);
  });
});
