import assert from 'node:assert/strict';
import { WorkspaceProject } from '../../../../src/lint/project/project.ts';
import type { Service } from '../../../../src/lint/project/types.ts';
import { WorkspaceLinter } from '../../../../src/lint/workspaceLinter.ts';
import { syntaxOf } from '../parsing.ts';
import { filesBelow } from '../workspace.ts';

interface Opened {
  readonly project: WorkspaceProject;
  write(path: string, source: string): Promise<void>;
  delete(path: string): void;
  service(root: string): Service;
}

/** A project of `test/fixtures/lint-projects`, with changes; undefined leaves a file out. */
async function open(
  name: string,
  changes: { readonly [path: string]: string | undefined } = {},
): Promise<Opened> {
  const project = new WorkspaceProject();
  const linter = new WorkspaceLinter(syntaxOf, project, [], (path, error) => {
    throw new Error(`${path}: ${error instanceof Error ? error.message : error}`);
  });
  const files = filesBelow(`test/fixtures/lint-projects/${name}`);
  for (const [path, source] of Object.entries(changes))
    if (source === undefined) files.delete(path);
    else files.set(path, source);
  for (const [path, source] of files) await linter.read(path, source);
  return {
    project,
    write: async (path, source) => {
      await linter.read(path, source);
    },
    delete: path => linter.forget(path),
    service: root => {
      const service = project.services.find(each => each.root === root);
      assert.ok(service, `${root} is a service`);
      return service;
    },
  };
}

const names = (service: Service) => [...new Set(service.names.map(({ name }) => name))].sort();

describe('a project', () => {
  it('has a service for each package and image', async () => {
    const { project } = await open('shop');
    assert.deepEqual(project.services.map(({ root }) => root).sort(), [
      '',
      'packages/clients',
      'packages/telemetry',
      'services/cart',
      'services/jobs',
      'services/web',
    ]);
    assert.equal(project.serviceOf('services/web/src/orders/client.ts').root, 'services/web');
    assert.equal(project.serviceOf('README.md').root, '');
  });

  it('knows what services are called and what is set for them', async () => {
    const { service } = await open('shop');
    const web = service('services/web');
    assert.deepEqual(names(web), ['@shop/web', 'web']);
    assert.deepEqual([...web.resourceKeys.keys()].sort(), [
      'deployment.environment.name',
      'service.name',
      'service.version',
    ]);
    assert.equal(web.resourceKeys.get('service.version')?.path, 'compose.yaml');
    assert.deepEqual(names(service('services/cart')), ['cart']);
    assert.equal(web.environment.get('OTEL_TRACES_SAMPLER'), undefined, 'is the collector’s');
    assert.equal(web.environment.get('OTEL_EXPORTER_OTLP_ENDPOINT')?.[0].place.path, '.env');
  });

  it('counts a launcher for all that runs under it', async () => {
    const { project, service } = await open('shop');
    const cart = service('services/cart');
    assert.deepEqual([cart.autoInstrumented, cart.setsUpSdk, cart.usesOpenTelemetry], ['active', true, true]);
    assert.equal(cart.covers('requests'), 'active');
    assert.equal(cart.covers('fetch'), 'no');
    assert.equal(project.serviceOf('shared/tools.py').covers('requests'), 'active', 'is copied there');
    const without = await open('shop', {
      'services/cart/Dockerfile': 'FROM python:3.13\nCOPY services/cart/ .\nCMD ["python", "app.py"]\n',
    });
    assert.equal(without.service('services/cart').covers('requests'), 'listed');
    assert.equal(without.service('services/cart').setsUpSdk, false);
  });

  it('counts what a program imports from other packages, and its set-up for them', async () => {
    const { project, service } = await open('shop');
    const web = service('services/web');
    assert.deepEqual([...web.instrumentations.keys()], ['HttpInstrumentation'], 'and nothing of the tests');
    assert.equal(web.instrumentations.get('HttpInstrumentation')?.path, 'packages/telemetry/src/index.ts');
    assert.deepEqual([web.setsUpSdk, web.setsPropagator], [true, true]);
    assert.deepEqual([web.covers('axios'), web.covers('fetch')], ['active', 'no']);
    const clients = project.serviceOf('packages/clients/src/index.ts');
    assert.deepEqual(
      [clients.usesOpenTelemetry, clients.covers('axios'), clients.covers('fetch')],
      [true, 'active', 'no'],
    );
    const jobs = service('services/jobs');
    assert.deepEqual([jobs.usesOpenTelemetry, jobs.setsUpSdk, jobs.covers('axios')], [false, false, 'no']);
  });

  it('keeps programs of one folder apart that set up telemetry each for itself', async () => {
    const { project } = await open('pair');
    assert.equal(project.serviceOf('client.py').covers('requests'), 'active');
    assert.equal(project.serviceOf('server.py').covers('requests'), 'no', 'being installed is not enough');
    assert.equal(project.serviceOf('server.py').setsUpSdk, true);
    assert.equal(project.serviceOf('helper.py').covers('requests'), 'active', 'nobody knows who runs it');
  });

  it('does not take what a service sets up for the tools beside it', async () => {
    const tool = 'import requests\n\nif __name__ == "__main__":\n    requests.get("http://localhost")\n';
    const { project } = await open('pair', {
      'tool.py': tool,
      'job.py': 'from middle import work\n\nif __name__ == "__main__":\n    work()\n',
      // Nothing in here is worth parsing, and yet it leads on.
      'middle.py': 'import client\n\n\ndef work():\n    pass\n',
    });
    assert.deepEqual(
      [project.serviceOf('tool.py').setsUpSdk, project.serviceOf('tool.py').root],
      [false, ''],
    );
    assert.equal(project.serviceOf('job.py').covers('requests'), 'active');
    const go = await open('gomod', {
      'cmd/tool/main.go':
        'package main\n\nimport "net/http"\n\nfunc main() { _, _ = http.Get("http://x") }\n',
      'cmd/api/main.go':
        'package main\n\nimport "example.com/orders/internal/app"\n\nfunc main() { app.Run() }\n',
      'internal/app/app.go':
        'package app\n\nimport (\n\tt "example.com/orders/internal/telemetry"\n)\n\nfunc Run() { t.Start(nil) }\n',
    });
    assert.equal(go.project.serviceOf('cmd/tool/main.go').setsUpSdk, false);
    assert.equal(go.project.serviceOf('cmd/api/main.go').setsUpSdk, true);
    assert.equal(go.project.serviceOf('internal/app/app.go').setsUpSdk, true);
  });

  it('tells what others run from what is only a program', async () => {
    const isPublished = async (...given: Parameters<typeof open>) => {
      const { project } = await open(...given);
      return project.serviceOf(given[0] === 'gomod' ? 'internal/telemetry/setup.go' : 'client.py')
        .isPublished;
    };
    assert.equal(await isPublished('gomod'), false);
    // A module that nothing starts, and one that only its examples start.
    assert.equal(await isPublished('gomod', { 'cmd/api/main.go': undefined }), true);
    const example =
      'package main\n\nimport "example.com/orders/internal/telemetry"\n\nfunc main() { telemetry.Start(nil) }\n';
    assert.equal(
      await isPublished('gomod', { 'cmd/api/main.go': undefined, 'examples/one/main.go': example }),
      true,
    );
    // A program of another module starts it.
    assert.equal(
      await isPublished('gomod', {
        'cmd/api/main.go': undefined,
        'api/go.mod': 'module example.com/api\n\ngo 1.24\n\nrequire example.com/orders v0.0.0\n',
        'api/main.go': example,
      }),
      false,
    );
    assert.equal(await isPublished('pair'), false);
    assert.equal(
      await isPublished('pair', {
        'pyproject.toml': '[project]\nname = "pair"\nclassifiers = ["Programming Language :: Python :: 3"]\n',
        Dockerfile: 'FROM python:3.13\nCOPY . .\nCMD ["python", "server.py"]\n',
      }),
      true,
    );
  });

  it('tells a provider of its own from that of the process', async () => {
    const { service } = await open('pair', {
      'client.py': undefined,
      'server.py': undefined,
    });
    assert.deepEqual([service('').usesOpenTelemetry, service('').setsUpSdk], [true, false]);
  });

  it('takes an agent that code starts for what covers the calls, whatever else has an SDK', async () => {
    const files = {
      'package.json':
        '{ "name": "shop", "dependencies": { "dd-trace": "5", "@opentelemetry/sdk-trace-node": "2" } }',
      'orders.ts':
        "import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';\nnew NodeTracerProvider().register();\n",
    };
    const none = { 'client.py': undefined, 'server.py': undefined };
    const started = "import tracer from 'dd-trace';\ntracer.init({ service: 'shop' });\n";
    const { service } = await open('pair', { ...none, ...files, 'tracer.ts': started });
    assert.equal(service('').covers('axios'), 'vendor');
    assert.equal((await open('pair', { ...none, ...files })).service('').covers('axios'), 'no');
  });

  it('knows what functions do with spans and with headers that they are given', async () => {
    const { project } = await open('shop', {
      'services/web/src/trace.ts': `import { context, propagation, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
const tracer = trace.getTracer('web');
const open: Span[] = [];
export function begin(name: string) { return tracer.startSpan(name); }
export function finish(error: unknown, span: Span) { span.setStatus({ code: SpanStatusCode.ERROR }); span.end(); }
export function keep(span: Span) { open.push(span); }
export function look(span: Span) { return span.spanContext().traceId; }
export function fill(url: string, headers: Record<string, string>) { propagation.inject(context.active(), headers); }
export function carrier() { const made = {}; propagation.inject(context.active(), made); return made; }
export function get(url: string) { const headers = {}; propagation.inject(context.active(), headers); return fetch(url, { headers }); }
`,
    });
    const of = (name: string) => {
      const found = project.functionOf('services/web/src/main.ts', './trace', name);
      assert.ok(found, name);
      return found;
    };
    assert.deepEqual([of('begin').returnsSpan, of('finish').returnsSpan], [0, undefined]);
    assert.deepEqual([of('finish').endsParameters, of('finish').setsErrorOn], [[1], [1]]);
    assert.deepEqual([of('keep').keepsParameters, of('look').keepsParameters], [[0], []]);
    assert.deepEqual([of('fill').injects, of('get').injects, of('look').injects], [[1], [-1], []]);
    assert.deepEqual([of('carrier').returnsCarrier, of('fill').returnsCarrier], [true, false]);
  });

  it('keeps programs of different languages in one folder apart', async () => {
    const { project } = await open('gomod', {
      'load.py': 'import requests\n\nrequests.get("http://localhost")\n',
      'requirements.txt': 'requests\n',
    });
    const [load, api] = [project.serviceOf('load.py'), project.serviceOf('cmd/api/main.go')];
    assert.deepEqual([load.root, load.usesOpenTelemetry, load.setsUpSdk], ['', false, false]);
    assert.deepEqual([...load.dependencies.keys()], ['requests']);
    assert.deepEqual([api.root, api.usesOpenTelemetry, api.setsUpSdk], ['', true, true]);
  });

  it('follows Go packages', async () => {
    const { project, service } = await open('gomod');
    const orders = service('');
    assert.deepEqual([orders.setsUpSdk, orders.setsPropagator, orders.usesOpenTelemetry], [true, true, true]);
    assert.ok(orders.instrumentations.has('otelhttp.NewTransport'));
    assert.equal(
      project.valueOf('cmd/api/main.go', 'example.com/orders/internal/telemetry', 'Client'),
      'net/http#Client()',
    );
    assert.equal(
      project.valueOf('internal/telemetry/setup.go', '.', 'tracer'),
      'go.opentelemetry.io/otel#Tracer()',
    );
    const silent = await open('gomod', { 'internal/telemetry/propagation.go': undefined });
    assert.equal(silent.service('').setsPropagator, false);
  });

  it('matches deployments with services by image', async () => {
    const { service } = await open('kube');
    const cart = service('cart-service');
    assert.deepEqual([cart.autoInstrumented, cart.covers('httpx')], ['active', 'active']);
    assert.ok(cart.resourceKeys.has('service.name'), 'the operator names it');
    const stock = service('stock-service');
    assert.deepEqual([stock.autoInstrumented, stock.usesOpenTelemetry], ['no', false]);
  });

  it('hands down what a project of .NET refers to', async () => {
    const project = (...inside: string[]) => `<Project><ItemGroup>${inside.join('')}</ItemGroup></Project>`;
    const { service } = await open('kube', {
      'Cart/Cart.csproj': project('<ProjectReference Include="..\\Defaults\\Defaults.csproj" />'),
      'Defaults/Defaults.csproj': project(
        '<PackageReference Include="OpenTelemetry.Extensions.Hosting" Version="1" />',
      ),
      'Other/Other.csproj': project('<PackageReference Include="Npgsql" Version="9" />'),
    });
    assert.deepEqual([service('Cart').usesOpenTelemetry, names(service('Cart'))], [true, ['Cart']]);
    assert.equal(service('Other').usesOpenTelemetry, false);
  });

  it('does not take what is started for somebody unnamed for everybody', async () => {
    const compose =
      'services:\n  api:\n    command: opentelemetry-instrument python app.py\n    environment: { OTEL_SERVICE_NAME: api }\n';
    const { service } = await open('kube', {
      'deploy/compose.yaml': compose,
      'go.mod': 'module a\n',
      'a.go': 'package a // trace\n',
    });
    assert.equal(service('stock-service').autoInstrumented, 'listed');
    assert.equal(service('cart-service').autoInstrumented, 'active');
    assert.equal(service('').autoInstrumented, 'no', 'is no program of Python');
    const alone = await open('kube', {
      'deploy/cart.yaml': undefined,
      'cart-service/pyproject.toml': undefined,
      'cart-service/app.py': undefined,
      'deploy/compose.yaml': compose,
    });
    assert.equal(alone.service('stock-service').autoInstrumented, 'active');
    assert.ok(alone.service('stock-service').resourceKeys.has('service.name'));
  });

  it('finds functions and values where they are, through re-exports and aliases', async () => {
    const { project } = await open('shop');
    const from = 'services/web/src/server.ts';
    assert.equal(project.functionOf(from, '@/orders', 'orders.list')?.name, 'Orders.list');
    assert.equal(project.functionOf(from, './orders/client.js', 'Orders.list')?.name, 'Orders.list');
    assert.equal(project.functionOf(from, '@web/orders/client', 'Orders.list')?.name, 'Orders.list');
    assert.equal(project.functionOf(from, '@web/client', 'Orders.list'), undefined, 'may be a package');
    assert.equal(project.functionOf('services/web/src/main.ts', '@shop/telemetry', 'start')?.name, 'start');
    assert.deepEqual(project.functionOf('services/web/src/main.ts', '@shop/telemetry', 'start')?.parameters, [
      'serviceName',
    ]);
    const built = project.functionOf('services/web/src/main.ts', '@shop/telemetry/dist/index.js', 'start');
    assert.equal(built?.name, 'start', 'what is built of `src`');
    assert.equal(project.valueOf(from, './orders', 'http'), 'axios#create()');
    assert.equal(project.valueOf(from, './orders', 'orders'), undefined);
    assert.equal(project.functionOf(from, 'axios', 'get'), undefined);
    assert.equal(project.functionOf(from, './nowhere', 'get'), undefined);
  });

  it('says what comes from elsewhere by where it is made, in whatever order the files are read', async () => {
    const { project } = await open('shop', {
      'services/web/src/a.ts':
        "import { make } from './b';\nexport const api = make();\nexport const twice = () => make();\nexport { loop } from './loop';\nexport const lost = require('./nowhere').it;\n// https\n",
      'services/web/src/b.ts': "import axios from 'axios';\nexport const make = () => axios.create();\n",
      'services/web/src/loop.ts':
        "export { loop } from './a';\nimport { y } from './loop2';\nexport const x = y;\n// http\n",
      'services/web/src/loop2.ts': "import { x } from './loop';\nexport const y = x;\n// http\n",
    });
    const from = 'services/web/src/orders/client.ts';
    assert.equal(project.valueOf(from, '../a', 'api'), 'axios#create()');
    assert.equal(project.functionOf(from, '../a', 'twice')?.returns, 'axios#create()');
    assert.equal(project.valueOf(from, '../a', 'loop'), undefined);
    assert.equal(project.valueOf(from, '../loop', 'x'), undefined);
    assert.equal(project.valueOf(from, '../a', 'lost'), undefined);
  });

  it('takes a module for what it exports if that is one thing', async () => {
    const { project } = await open('shop', {
      'services/web/src/a.js':
        "const axios = require('axios');\nconst api = axios.create();\nmodule.exports = api;\n",
      'services/web/src/b.js': "module.exports = require('axios').create();\n",
      'services/web/src/c.ts':
        "import axios from 'axios';\nexport default axios.create();\nexport const get = () => 1;\n",
      'services/web/src/d.js': 'module.exports = { get: () => 1 };\n// https\n',
    });
    const from = 'services/web/src/orders/client.ts';
    const values = (module: string) => ['*', 'default'].map(name => project.valueOf(from, module, name));
    assert.deepEqual(values('../a'), ['axios#create()', 'axios#create()']);
    assert.deepEqual(values('../b'), ['axios#create()', 'axios#create()']);
    assert.deepEqual(values('../c'), [undefined, 'axios#create()']);
    assert.deepEqual(values('../d'), [undefined, undefined]);
  });

  it('changes only when something changes that matters', async () => {
    const path = 'packages/telemetry/src/index.ts';
    const { project, service, write, delete: remove } = await open('shop');
    const source = filesBelow('test/fixtures/lint-projects/shop').get(path) ?? '';
    const before = project.generation;
    await write(path, `// The lines move.\n${source}`);
    assert.equal(project.generation, before);
    assert.equal(
      service('services/web').instrumentations.get('HttpInstrumentation')?.at.start,
      source.indexOf('new Http') + 19,
    );
    await write(path, source.replace('new HttpInstrumentation()', ''));
    assert.ok(project.generation > before);
    assert.equal(service('services/web').covers('axios'), 'no');
    // It was read before the file that it imports.
    const user = "import { http } from './later';\nexport const again = http;\n";
    const other = await open('shop', {
      'services/web/src/again.ts': user,
      'services/web/src/later.ts': "export { http } from './orders/client';\n",
    });
    const read = other.project.generation;
    await other.write('services/web/src/again.ts', user);
    assert.equal(other.project.generation, read);
    const changed = project.generation;
    remove('compose.yaml');
    assert.ok(project.generation > changed);
    assert.deepEqual(names(service('services/web')), ['@shop/web']);
    remove('compose.yaml');
    assert.equal(project.generation, changed + 1);
  });
});
