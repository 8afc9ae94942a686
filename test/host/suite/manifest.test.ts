import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { allCommands, settingNames } from '../../../src/workbench/names.ts';
import { print } from '../harness/page.ts';
import { extension } from '../support.ts';

describe('the extension and its manifest', () => {
  before(() => extension().activate());

  it('registers every command it declares, and no other', async () => {
    const registered = (await vscode.commands.getCommands(true)).filter(
      id =>
        id.startsWith('spanline.') &&
        !/^spanline\.(traces|services)\.(focus|open|resetViewLocation|removeView|toggleVisibility)$/.test(id),
    );
    const declared = extension().packageJSON.contributes.commands.map(
      ({ command }: { command: string }) => command,
    );
    const viewOwn = allCommands.filter(id => id === 'spanline.traces.open');
    assert.deepEqual([...registered, ...viewOwn].sort(), [...allCommands].sort());
    assert.deepEqual([...declared].sort(), [...allCommands].sort());
  });

  it('has a default for every setting', () => {
    const settings = vscode.workspace.getConfiguration('spanline');
    for (const name of settingNames) assert.notEqual(settings.inspect(name)?.defaultValue, undefined, name);
  });

  it('offers an API by version only', async () => {
    const { getApi } = await extension().activate();
    assert.deepEqual(Object.keys(getApi(1)).sort(), ['endpoint', 'onDidChangeTraces', 'query', 'revealSpan']);
    assert.throws(() => getApi(2 as 1), /no API version 2/);
  });

  it('measures how long its activation takes', async () => {
    const [measure] = performance.getEntriesByName('spanline.activate');
    assert.ok(measure);
    await print(`      activation: ${measure.duration.toFixed(1)} ms`);
  });
});
