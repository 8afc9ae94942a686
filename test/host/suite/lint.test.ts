import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { commands } from '../../../src/workbench/names.ts';
import { eventually, run, runningApi, shopFolder } from '../support.ts';

const folder = join(shopFolder, 'lint-test');

/** A span that is never ended, in each language, and the manifest that makes it a service with OpenTelemetry. */
const leaks: readonly {
  readonly file: string;
  readonly text: string;
  readonly manifest: [string, string];
}[] = [
  {
    file: 'load.ts',
    manifest: ['package.json', '{ "name": "load", "dependencies": { "@opentelemetry/api": "1.9.0" } }'],
    text: `import { trace } from '@opentelemetry/api';

const tracer = trace.getTracer('load');

export async function load(id: string): Promise<string> {
  return tracer.startActiveSpan('load cart', async span => {
    span.setAttribute('cart.id', id);
    return await read(id);
  });
}
`,
  },
  {
    file: 'load.py',
    manifest: ['requirements.txt', 'opentelemetry-sdk==1.30.0\n'],
    text: `from opentelemetry import trace

tracer = trace.get_tracer(__name__)


def load(cart):
    span = tracer.start_span("load cart")
    span.set_attribute("cart.id", cart)
    return read(cart)
`,
  },
  {
    file: 'load.go',
    manifest: ['go.mod', 'module example.com/load\n\ngo 1.24\n\nrequire go.opentelemetry.io/otel v1.34.0\n'],
    text: `package load

import (
	"context"

	"go.opentelemetry.io/otel"
)

func load(ctx context.Context, cart string) error {
	ctx, span := otel.Tracer("load").Start(ctx, "load cart")
	return read(ctx, cart)
}
`,
  },
  {
    file: 'Load.java',
    manifest: [
      'pom.xml',
      '<project><artifactId>load</artifactId><dependencies><dependency><groupId>io.opentelemetry</groupId><artifactId>opentelemetry-api</artifactId><version>1.50.0</version></dependency></dependencies></project>\n',
    ],
    text: `package load;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;

class Load {
  private final Tracer tracer;

  Load(Tracer tracer) {
    this.tracer = tracer;
  }

  void load(String cart) {
    Span span = tracer.spanBuilder("load cart").startSpan();
    read(cart);
  }
}
`,
  },
  {
    file: 'Load.cs',
    manifest: [
      'Load.csproj',
      '<Project Sdk="Microsoft.NET.Sdk"><ItemGroup><PackageReference Include="OpenTelemetry" Version="1.12.0" /></ItemGroup></Project>\n',
    ],
    text: `using System.Diagnostics;

class Load
{
    static readonly ActivitySource Source = new("load");

    void Read(string cart)
    {
        var activity = Source.StartActivity("load cart");
        Fetch(cart);
    }
}
`,
  },
];

describe('the linter in the editor', () => {
  before(async () => {
    await runningApi();
    await mkdir(folder, { recursive: true });
  });
  after(async () => {
    // What is fixed but not saved would be saved after the folder is gone, and bring it back.
    await vscode.workspace.saveAll();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await rm(folder, { recursive: true });
  });

  it('copies a processor of the collector that masks what it found', async () => {
    const home = join(folder, 'greet');
    await mkdir(home, { recursive: true });
    await writeFile(join(home, 'requirements.txt'), 'opentelemetry-api==1.30.0\n');
    const file = join(home, 'greet.py');
    const written = 'trace.get_current_span().set_attribute("user.email", user.email)';
    await writeFile(file, `from opentelemetry import trace\n\n\ndef greet(user):\n    ${written}\n`);
    const uri = vscode.Uri.file(file);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
    await eventually('the squiggle', () =>
      vscode.languages.getDiagnostics(uri).find(({ code }) => codeOf(code) === 'SPL201'),
    );
    await vscode.env.clipboard.writeText('');
    await run(commands.copyRedaction);
    const copied = await vscode.env.clipboard.readText();
    assert.match(copied, /^processors:\n {2}redaction:\n/m);
    assert.match(copied, /- "\^user\\\\\.email\$" # .*greet\/greet\.py:5/);
  });

  for (const { file, text, manifest } of leaks)
    it(`finds, fixes and clears a leaked span in ${file}`, async () => {
      const home = join(folder, file.replace('.', '-'));
      await mkdir(home, { recursive: true });
      await writeFile(join(home, manifest[0]), manifest[1]);
      await writeFile(join(home, file), text);
      const uri = vscode.Uri.file(join(home, file));
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document);
      const leaked = () => vscode.languages.getDiagnostics(uri).find(({ code }) => codeOf(code) === 'SPL301');
      const diagnostic = await eventually('the squiggle', leaked);
      assert.equal(diagnostic.source, 'spanline');
      const actions = await run<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        uri,
        diagnostic.range,
      );
      const titles = actions.map(({ title }) => title);
      assert.ok(
        titles.some(title => title.startsWith('Explain SPL301')),
        titles.join('\n'),
      );
      const fix = actions.find(
        ({ title, edit, kind }) =>
          edit !== undefined && kind?.value === 'quickfix' && !title.startsWith('Ignore'),
      );
      assert.ok(fix?.edit, `no fix among ${titles.join(', ')}`);
      assert.ok(await vscode.workspace.applyEdit(fix.edit));
      await eventually('the clean document', () => leaked() === undefined);
      assert.notEqual(document.getText(), text);
    });
});

function codeOf(code: vscode.Diagnostic['code']): string {
  return String(typeof code === 'object' ? code.value : code);
}
