import assert from 'node:assert/strict';
import type { Extent } from '../../../../src/lint/facts/syntax.ts';
import { readConfiguration } from '../../../../src/lint/project/configFacts.ts';
import type { ConfigFacts } from '../../../../src/lint/project/types.ts';

function read(path: string, source: string): ConfigFacts {
  const facts = readConfiguration(path, source);
  assert.ok(facts, `${path} is read`);
  // Every place says what is there.
  const text = ({ start, end }: Extent) => source.slice(start, end);
  for (const { name, nameAt, value, valueAt, at } of facts.environment) {
    if (!/^OTEL_[A-Z_]+$/.test(name) || text(nameAt) === name) assert.equal(text(nameAt), name);
    if (value !== undefined && valueAt !== undefined) assert.equal(text(valueAt), value);
    assert.ok(at.start <= nameAt.start && nameAt.end <= at.end, `${name} lies in its entry`);
  }
  for (const { at, nameAt } of facts.dependencies)
    assert.ok(at.start <= nameAt.start && nameAt.end <= at.end);
  for (const { name, at } of facts.components) assert.equal(text(at), name);
  for (const { settings } of facts.components)
    for (const { value, at } of settings.values()) assert.equal(text(at), value);
  for (const comment of facts.comments) assert.match(text(comment), /^(?:#|\/\/|\/\*|<!--|!)/);
  return facts;
}

const variables = ({ environment }: ConfigFacts) =>
  environment.map(({ name, value, scope }) => [name, value, scope]);
const dependencies = (facts: ConfigFacts) =>
  facts.dependencies.map(({ name, version, dev }) => `${name} ${version}${dev ? ' dev' : ''}`);
const commands = (facts: ConfigFacts) => facts.commands.map(({ text, scope }) => [text, scope]);

describe('configuration files', () => {
  it('of images', () => {
    const facts = read(
      'cart/Dockerfile',
      [
        'FROM python:3.13 AS build',
        'ARG VERSION',
        'ENV OTEL_SERVICE_NAME=cart \\',
        '    # why',
        '    OTEL_RESOURCE_ATTRIBUTES="service.version=1,a=b" PORT=$P',
        'ENV OLD some value',
        'COPY --chown=app requirements.txt ../shared/tools.py ./',
        'COPY --from=other /x /y',
        'COPY ["my src", "./"]',
        'RUN pip install --no-cache "opentelemetry-distro[otlp]==0.60b0" gunicorn -r requirements.txt && opentelemetry-bootstrap -a install',
        'ENTRYPOINT [ "opentelemetry-instrument", "python", "app.py" ]',
      ].join('\r\n'),
    );
    assert.equal(facts.kind, 'dockerfile');
    assert.deepEqual(variables(facts), [
      ['OTEL_SERVICE_NAME', 'cart', 'build'],
      ['OTEL_RESOURCE_ATTRIBUTES', 'service.version=1,a=b', 'build'],
      ['PORT', undefined, 'build'],
      ['OLD', 'some value', 'build'],
    ]);
    assert.deepEqual(
      facts.copies.map(({ from, to }) => [from, to]),
      [
        ['requirements.txt', './'],
        ['../shared/tools.py', './'],
        ['my src', './'],
      ],
    );
    assert.deepEqual(dependencies(facts), ['opentelemetry-distro 0.60b0', 'gunicorn undefined']);
    assert.deepEqual(commands(facts).at(-1), ['opentelemetry-instrument python app.py', 'build']);
  });

  it('of Compose, with anchors', () => {
    const facts = read(
      'deploy/compose.yaml',
      `x-env: &env
  OTEL_EXPORTER_OTLP_ENDPOINT: http://collector:4317
services:
  cart:
    container_name: shop-cart
    build: { context: .., dockerfile: cart/Dockerfile }
    image: ghcr.io/acme/cart-image:1.0@sha256:abc
    env_file: [.env, { path: cart.env }]
    environment: { <<: *env, OTEL_SERVICE_NAME: "cart" }
    command: [opentelemetry-instrument, python, app.py]
  web:
    build: ../web
    environment:
      - OTEL_SERVICE_NAME=web # the name
      - NODE_OPTIONS=--require @opentelemetry/auto-instrumentations-node/register
      - SECRET
      - HOST=\${HOST:-localhost}
`,
    );
    assert.deepEqual(variables(facts), [
      ['OTEL_SERVICE_NAME', 'cart', 'cart'],
      ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector:4317', 'cart'],
      ['OTEL_SERVICE_NAME', 'web', 'web'],
      ['NODE_OPTIONS', '--require @opentelemetry/auto-instrumentations-node/register', 'web'],
      ['SECRET', undefined, 'web'],
      ['HOST', undefined, 'web'],
    ]);
    const [cart, web] = facts.services;
    assert.deepEqual(
      [cart.name, cart.folder, cart.dockerfile, cart.aliases, cart.envFiles],
      ['cart', '..', '../cart/Dockerfile', ['shop-cart', 'cart-image'], ['.env', 'cart.env']],
    );
    assert.deepEqual([web.name, web.folder], ['web', '../web']);
    assert.deepEqual(commands(facts), [['opentelemetry-instrument python app.py', 'cart']]);
  });

  it('of Kubernetes, several in a file', () => {
    const facts = read(
      'k8s/cart.yaml',
      `apiVersion: apps/v1
kind: Deployment
metadata: { name: cart }
spec:
  template:
    metadata:
      annotations:
        instrumentation.opentelemetry.io/inject-python: "true"
    spec:
      containers:
        - name: server
          image: acme/cart:2
          command: ["python"]
          args: ["-m", "app"]
          env:
            - name: OTEL_SERVICE_NAME
              value: cart
            - name: TOKEN
              valueFrom: { secretKeyRef: { name: t, key: k } }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data:
  OTEL_TRACES_SAMPLER: always_off
  app.yaml: "x"
`,
    );
    assert.equal(facts.kind, 'kubernetes');
    assert.deepEqual(variables(facts), [
      ['OTEL_SERVICE_NAME', 'cart', 'server'],
      ['TOKEN', undefined, 'server'],
      ['OTEL_TRACES_SAMPLER', 'always_off', undefined],
    ]);
    assert.deepEqual(facts.services[0].aliases, ['cart', 'cart']);
    assert.deepEqual(
      facts.annotations.map(({ name, value }) => [name, value]),
      [['instrumentation.opentelemetry.io/inject-python', 'true']],
    );
    assert.deepEqual(commands(facts), [['python -m app', 'server']]);
  });

  it('of Helm, with templates', () => {
    const facts = read(
      'chart/templates/deployment.yaml',
      `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "cart.name" . }}
spec:
  template:
    spec:
      containers:
        {{- if .Values.on }}
        - name: cart
          env:
            - name: OTEL_SERVICE_NAME
              value: {{ .Values.name | quote }}
            - name: OTEL_TRACES_SAMPLER
              value: "always_on"
        {{- end }}
`,
    );
    assert.deepEqual(variables(facts), [
      ['OTEL_SERVICE_NAME', undefined, 'cart'],
      ['OTEL_TRACES_SAMPLER', 'always_on', 'cart'],
    ]);
    const values = read(
      'chart/values.yaml',
      'components:\n  cart:\n    env:\n      - {name: OTEL_SERVICE_NAME, value: c}\n',
    );
    assert.deepEqual(variables(values), [['OTEL_SERVICE_NAME', 'c', 'cart']]);
    assert.deepEqual(
      values.services.map(({ name }) => name),
      ['cart'],
    );
  });

  it('of collectors and of SDKs', () => {
    const collector = read(
      'otel/config.yml',
      `receivers: { otlp: { protocols: { grpc: { endpoint: 0.0.0.0:4317 } } } }
processors:
  tail_sampling:
    policies:
      - name: few
        probabilistic: { sampling_percentage: 10 }
exporters:
  jaeger:
    endpoint: "jaeger:14250"
    tags: [a, b]
service: { pipelines: { traces: { receivers: [otlp], exporters: [jaeger] } } }
`,
    );
    assert.equal(collector.kind, 'collector');
    assert.deepEqual(
      collector.components.map(({ section, name, settings }) => [
        section,
        name,
        [...settings].map(([key, { value }]) => `${key}=${value}`),
      ]),
      [
        ['receivers', 'otlp', ['protocols.grpc.endpoint=0.0.0.0:4317']],
        [
          'processors',
          'tail_sampling',
          ['policies.name=few', 'policies.probabilistic.sampling_percentage=10'],
        ],
        ['exporters', 'jaeger', ['endpoint=jaeger:14250', 'tags.0=a', 'tags.1=b']],
      ],
    );
    const sdk = read(
      'otel.yaml',
      'file_format: "1.0"\nresource:\n  attributes:\n    - name: service.name\n      value: cart # opentelemetry\n',
    );
    assert.deepEqual(
      sdk.annotations.map(({ name, value }) => [name, value]),
      [['service.name', 'cart']],
    );
    const spring = read(
      'src/main/resources/application.yml',
      'spring:\n  application:\n    name: cart\notel:\n  traces:\n    sampler: always_off\n',
    );
    assert.deepEqual(
      spring.annotations.map(({ name, value }) => [name, value]),
      [['service.name', 'cart']],
    );
    assert.deepEqual(variables(spring), [['OTEL_TRACES_SAMPLER', 'always_off', undefined]]);
  });

  it('of environments, processes and scripts', () => {
    const env = read(
      '.env.local',
      '# all\nexport A=1\nB="two words" # why\nC=\'x#y\'\nD=plain # comment\nE=$A\n  F = spaced  \nno assignment\nURL=http://a/#b\n',
    );
    assert.deepEqual(
      env.environment.map(({ name, value }) => [name, value]),
      [
        ['A', '1'],
        ['B', 'two words'],
        ['C', 'x#y'],
        ['D', 'plain'],
        ['E', undefined],
        ['F', 'spaced'],
        ['URL', 'http://a/#b'],
      ],
    );
    assert.deepEqual(
      commands(read('Procfile', 'web: opentelemetry-instrument gunicorn app\n# x\nworker: celery\n')),
      [
        ['opentelemetry-instrument gunicorn app', 'web'],
        ['celery', 'worker'],
      ],
    );
    const script = read(
      'bin/start.sh',
      '#!/bin/sh\nexport OTEL_SERVICE_NAME="cart"\necho hi\nexec opentelemetry-instrument python app.py\n',
    );
    assert.deepEqual(variables(script), [['OTEL_SERVICE_NAME', 'cart', undefined]]);
    assert.equal(commands(script).at(-1)?.[0], 'exec opentelemetry-instrument python app.py');
  });

  it('of packages', () => {
    const npm = read(
      'web/package.json',
      '{"name": "@shop/web", "dependencies": {"axios": "^1.0.0"}, "devDependencies": {"mocha": "11"}, "scripts": {"start": "node -r ./otel.js ."},}',
    );
    assert.deepEqual(dependencies(npm), ['axios ^1.0.0', 'mocha 11 dev']);
    assert.deepEqual(commands(npm), [['node -r ./otel.js .', 'start']]);
    assert.equal(npm.services[0].name, '@shop/web');

    const go = read(
      'cart/go.mod',
      'module example.com/cart // shop\n\ngo 1.24\n\nrequire (\n\tgo.opentelemetry.io/otel v1.40.0\n\tgoogle.golang.org/grpc v1.80.0 // indirect\n)\nrequire example.com/log v1.0.0\n',
    );
    assert.deepEqual(dependencies(go), ['go.opentelemetry.io/otel v1.40.0', 'example.com/log v1.0.0']);

    assert.deepEqual(
      dependencies(
        read(
          'requirements-dev.txt',
          '-r base.txt\nRequests[socks]>=2,<3 ; python_version > "3" # x\n./local\nopentelemetry_sdk\n',
        ),
      ),
      ['requests >=2,<3 dev', 'opentelemetry-sdk undefined dev'],
    );
    assert.deepEqual(
      dependencies(
        read(
          'pyproject.toml',
          `[project]
name = "cart"
dependencies = [
  "httpx>=0.28", # http
  'opentelemetry-sdk',
]
[project.optional-dependencies]
web = ["flask"]
[dependency-groups]
dev = ["pytest", {include-group = "lint"}]
[tool.poetry.group.test.dependencies]
"my.plugin" = { version = "^1", extras = ["x"] }
[tool.poetry.dependencies]
python = "^3.12"
requests = "*"
broken = = 
`,
        ),
      ),
      [
        'httpx >=0.28',
        'opentelemetry-sdk undefined',
        'flask undefined',
        'pytest undefined dev',
        'requests *',
        'broken =',
        'my-plugin ^1 dev',
      ],
    );
    assert.deepEqual(
      dependencies(
        read(
          'setup.cfg',
          '[metadata]\nname = cart\n[options]\ninstall_requires =\n    requests>=2\n    flask\n[options.extras_require]\ntest = pytest\n',
        ),
      ),
      ['requests >=2', 'flask undefined', 'pytest undefined dev'],
    );
  });

  it('of the JVM and .NET', () => {
    const maven = read(
      'pom.xml',
      `<project><!-- shop --><artifactId>cart</artifactId>
<dependencies>
<dependency><groupId>io.opentelemetry</groupId><artifactId>opentelemetry-api</artifactId><version>1.60.0</version></dependency>
<dependency><groupId>org.junit</groupId><artifactId>junit</artifactId><scope>test</scope></dependency>
</dependencies><build><argLine>-javaagent:/opt/opentelemetry-javaagent.jar</argLine></build></project>`,
    );
    assert.deepEqual(dependencies(maven), [
      'io.opentelemetry:opentelemetry-api 1.60.0',
      'org.junit:junit undefined dev',
    ]);
    assert.equal(maven.services[0].name, 'cart');
    assert.equal(maven.commands.length, 1);
    const gradle = read(
      'build.gradle.kts',
      'plugins { id("com.ryandens.javaagent-otel") version "1" }\ndependencies {\n  // x\n  implementation("io.opentelemetry:opentelemetry-api:1.60.0")\n  testImplementation(\'org.junit:junit\')\n}\n',
    );
    assert.deepEqual(dependencies(gradle), [
      'plugin:com.ryandens.javaagent-otel undefined',
      'io.opentelemetry:opentelemetry-api 1.60.0',
      'org.junit:junit undefined dev',
    ]);
    const project = read(
      'src/Cart/Cart.csproj',
      '<Project><ItemGroup><PackageReference Include="OpenTelemetry" Version="1.12.0" /><PackageReference Include="Npgsql"><Version>9</Version></PackageReference><ProjectReference Include="..\\Common\\Common.csproj" /></ItemGroup></Project>',
    );
    assert.deepEqual(dependencies(project), ['OpenTelemetry 1.12.0', 'Npgsql 9']);
    assert.deepEqual([project.services[0].name, project.copies[0].from], ['Cart', '../Common/Common.csproj']);
    const launch = read(
      'Properties/launchSettings.json',
      '{ "profiles": { "http": { "environmentVariables": { "OTEL_SERVICE_NAME": "cart" } } } }',
    );
    assert.deepEqual(variables(launch), [['OTEL_SERVICE_NAME', 'cart', 'http']]);
    const settings = read(
      'appsettings.json',
      '{ // x\n "OpenTelemetry": { "ServiceName": "cart" }, "OTEL_TRACES_SAMPLER": "always_on" }',
    );
    assert.deepEqual(variables(settings), [['OTEL_TRACES_SAMPLER', 'always_on', undefined]]);
    assert.equal(settings.annotations[0].value, 'cart');
  });

  it('of debuggers', () => {
    const facts = read(
      '.vscode/launch.json',
      `{ "configurations": [ { "name": "Web", "env": { "OTEL_SERVICE_NAME": "web" }, /* x */ "runtimeArgs": ["--import", "./otel.mjs"], "program": "app.js" } ] }`,
    );
    assert.deepEqual(variables(facts), [['OTEL_SERVICE_NAME', 'web', 'Web']]);
    assert.deepEqual(commands(facts), [['--import ./otel.mjs app.js', 'Web']]);
  });

  it('that are broken, hostile or of no interest give what they have', () => {
    const deep = '['.repeat(20_000);
    for (const path of [
      'package.json',
      'compose.yaml',
      'pyproject.toml',
      'pom.xml',
      'Dockerfile',
      '.env',
      'go.mod',
    ])
      for (const source of [
        '',
        deep,
        `{"a":${'{"a":'.repeat(5_000)}`,
        '<a '.repeat(5_000),
        'OTEL_: {{ {{ }}',
        '\u0000\uFFFF',
        '"',
      ])
        read(path, source);
    assert.deepEqual(dependencies(read('package.json', '{"dependencies": {"axios": "1", "broken')), [
      'axios 1',
    ]);
    assert.equal(readConfiguration('a.json', '{}'), undefined);
    assert.equal(readConfiguration('compose.yaml', 'x'.repeat(500_001)), undefined);
    // Ten aliases of ten aliases, and so on.
    const bomb = [
      'a: &a [x, x]',
      ...'bcdefghij'
        .split('')
        .map((name, index) => `${name}: &${name} [${`*${'abcdefghi'[index]}, `.repeat(9)}x]`),
    ];
    read('compose.yaml', `${bomb.join('\n')}\nservices: { cart: { environment: *j } }\n`);
    read('compose.yaml', 'services: &s\n  cart: *s\n');
  });
});
