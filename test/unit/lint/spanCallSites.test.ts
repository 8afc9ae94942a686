import assert from 'node:assert/strict';
import { sourceFacts } from '../../../src/lint/facts/sourceFacts.ts';
import { maxParsedLength, Parsers } from '../../../src/lint/languages/parsers.ts';
import type { SourceFacts } from '../../../src/model/source.ts';
import { grammars } from '../locate/fixtureWorkspace.ts';

const parsers = new Parsers(grammars);

async function facts(path: string, source: string): Promise<SourceFacts> {
  const found = await sourceFacts(parsers, path, source);
  assert.ok(found, `${path} is not parsed`);
  return found;
}

const names = async (path: string, source: string) =>
  (await facts(path, source)).spanCallSites.map(({ name }) => name.map(part => part ?? '…').join(''));

describe('span call sites', () => {
  it('say where they are in UTF-16 units', async () => {
    const [site] = (await facts('a.js', '\n/* 𝄞é */ tracer.startSpan("x",\n {})')).spanCallSites;
    assert.deepEqual([site.line, site.column, site.endLine], [2, 18, 3]);
  });

  it('say function, tracer and kind', async () => {
    const sources: { [path: string]: string } = {
      'a.ts': `class A { #t = trace.getTracer('lib'); go() { this.#t.startActiveSpan('x', { kind: SpanKind.CLIENT }, f); } }`,
      'a.py': `class A:\n  def __init__(self):\n    self.t_tracer = get_tracer("lib")\n  def go(self):\n    with self.t_tracer.start_as_current_span("x", kind=trace.SpanKind.CLIENT):\n      pass\n`,
      'A.java': `class A { final Tracer tracer = GlobalOpenTelemetry.getTracer("lib"); void go() { tracer.spanBuilder("x").setParent(c).setSpanKind(SpanKind.CLIENT).startSpan(); } }`,
      'A.cs': `class A { static readonly ActivitySource Source = new("lib"); void go() { using var a = Source.StartActivity("x", ActivityKind.Client); } }`,
      'a.go': `package a\nvar t = otel.Tracer("lib")\nfunc (a *A) go_(ctx context.Context) { t.Start(ctx, "x", trace.WithSpanKind(trace.SpanKindClient)) }`,
    };
    for (const [path, source] of Object.entries(sources)) {
      const [{ tracerName, kind, functionName }] = (await facts(path, source)).spanCallSites;
      assert.deepEqual([path, tracerName, kind], [path, 'lib', 3]);
      assert.match(functionName ?? '', /^A\.go_?$/);
    }
  });

  const texts: [string, string, string[]][] = [
    ['a.ts', 'tracer.startSpan("a\\u0062\\x63\\n\\\'")', ["abc\n'"]],
    ['a.ts', `tracer.startSpan(\`a \${x.y} \${"b"} c\`)`, ['a … b c']],
    ['a.ts', `tracer.startSpan("a" + x + "b" + \`c\${y}\`)`, ['a…bc…']],
    ['a.ts', 'tracer.startSpan(x ? "a" : ("b" as const))', ['a', 'b']],
    ['a.ts', 'tracer.startSpan(x ?? y ?? "a")', ['a', '…']],
    ['a.ts', 'name = name || (x ? name : "a"); tracer.startSpan(name)', ['a', '…']],
    ['a.ts', 'const N = { a: "x" } as const; tracer.startSpan(N.a)', ['x']],
    ['a.ts', 'let n = "a"; n = "b"; tracer.startSpan(n)', ['…']],
    ['a.ts', 'const a = b; const b = a; tracer.startSpan(a)', ['…']],
    ['a.ts', 'tracer?.startSpan("a"); (await t()).startActiveSpan("b", f)', ['a', 'b']],
    ['a.tsx', 'export const A = () => <span onClick={() => tracer.startSpan("a")}>(x)</span>', ['a']],
    ['a.js', 'Sentry.startSpan({ name: "a", op: "b" }, f)', ['a']],
    ['a.js', 'class A { @Span("a") go() {} }', ['a']],
    ['a.js', 'span.setAttribute("a", 1); endSpan("b"); logger.trace("c"); createTrace("d")', []],
    ['a.js', 'tracer.startSpan("a"); function ( { tracer.startSpan("b")', ['a', 'b']],
    ['a.py', 'tracer.start_span(f"a {x!r:>4} b" "c")', ['a … bc']],
    ['a.py', 'tracer.start_span("a %s %d%%" % (x, y))', ['a … …%']],
    ['a.py', 'tracer.start_span("a {} {b}".format(x, b=y))', ['a … …']],
    ['a.py', 'tracer.start_span("a" if x else "b")', ['a', 'b']],
    ['a.py', 'tracer.start_span(r"a\\d")', ['a\\d']],
    ['a.py', 'NAME = "a"\nasync def f():\n  async with tracer.start_as_current_span(name=NAME): pass', ['a']],
    ['a.py', '@traced("a")\ndef f(): pass', ['a']],
    [
      'a.go',
      'package a\nfunc f() { tracer.Start(ctx, `a`); tracer.Start(ctx, "b"+x); cmd.Start(ctx, "c") }',
      ['a', 'b…'],
    ],
    ['a.go', 'package a\nfunc f() { tracer.Start(ctx, fmt.Sprintf("a %-5s %% %d b", x, y)) }', ['a … % … b']],
    ['a.go', 'package a\nconst (\n n = "a"\n)\nfunc f() { a.tracer.Start(ctx, n) }', ['a']],
    ['A.java', 'class A { void f() { tracer.spanBuilder("a " + x + " b").startSpan(); } }', ['a … b']],
    [
      'A.java',
      'class A { static final String N = "a"; void f() { tracer.spanBuilder(N).startSpan(); } void g(String n) { tracer.spanBuilder(String.format("b %s", n)).startSpan(); } }',
      ['a', 'b …'],
    ],
    [
      'A.java',
      'class A { @WithSpan void f() {} @WithSpan("b") void g() {} @WithSpan(value = "c", kind = SpanKind.SERVER) void h() {} @NewSpan("d") void i() {} @SpanAttribute("e") void j() {} }',
      ['A.f', 'b', 'c', 'd'],
    ],
    [
      'A.cs',
      'class A { const string N = "a"; void F() { Source.StartActivity(N); Source.StartActivity($"b {x}"); Source?.CreateActivity(name: "c", kind: ActivityKind.Client); } }',
      ['a', 'b …', 'c'],
    ],
    [
      'A.cs',
      'class A { void F() { using var a = Source.StartActivity(); Run(() => Source.StartActivity(ActivityKind.Client)); } }',
      ['F', 'F'],
    ],
    [
      'A.cs',
      'class A { void F() { tracer.StartActiveSpan("a"); InSpan("b", f); SetSpanName("c"); } }',
      ['a', 'b'],
    ],
  ];
  for (const [path, source, expected] of texts)
    it(`${path}: ${source}`, async () => assert.deepEqual(await names(path, source), expected));

  it('of helpers that take the name out of an object', async () => {
    const source = `const inSpan = ({ name, ...rest }, work) => tracer.startSpan(name, rest, work); inSpan({ name: 'x' }, f);`;
    assert.deepEqual(await names('a.js', source), ['…', 'x']);
  });

  it('of helpers know the tracer that they are given', async () => {
    const source = `const tracer = trace.getTracer('lib'); withSpan(tracer, 'x', f);`;
    const [{ tracerName, nameArgument }] = (await facts('a.js', source)).spanCallSites;
    assert.deepEqual([tracerName, nameArgument], ['lib', 1]);
  });

  it('of helpers have the name that the helper makes of it', async () => {
    const source = `
      export async function inSpan(operation, work) { return tracer.startActiveSpan(\`shop.\${operation}\`, work); }
      const outer = (label, work) => inSpan(label, work);
      function perTopic(topic) { return tracer.startSpan(\`publish \${topic}\`); }
      inSpan('a', f);
      outer('b', f);
      perTopic('c');
    `;
    assert.deepEqual(
      (await names('a.ts', source)).filter(name => !name.includes('…')),
      ['shop.a', 'shop.b'],
    );
    const { spanHelpers } = await facts('a.ts', source);
    assert.deepEqual(
      spanHelpers.map(({ name, parameterIndex, prefix }) => [name, parameterIndex, prefix]),
      [
        ['inSpan', 0, 'shop.'],
        ['outer', 0, 'shop.'],
      ],
    );
  });

  it('are read from a text as deep as a stack, and not from one that is too long', async () => {
    const deep = `${'f('.repeat(20_000)}tracer.startSpan('x')${')'.repeat(20_000)}`;
    assert.deepEqual(await names('deep.js', deep), ['x']);
    const chain = `a${'.b()'.repeat(20_000)}; tracer.startSpan('y'${' + x'.repeat(5_000)})`;
    assert.deepEqual(await names('chain.js', chain), ['y…']);
    assert.equal(await sourceFacts(parsers, 'long.js', 'x;'.repeat(maxParsedLength)), undefined);
  });

  it('of files that are no source are not looked for', async () => {
    assert.equal(await sourceFacts(parsers, 'a.d.ts', 'tracer.startSpan("a")'), undefined);
    assert.equal(await sourceFacts(parsers, 'a.md', 'tracer.startSpan("a")'), undefined);
  });
});

describe('routes', () => {
  const routes = async (path: string, source: string) =>
    (await facts(path, source)).routes.map(({ method, path: route }) => `${method} ${route}`);

  const cases: [string, string, string[]][] = [
    ['a.js', `app.get('/a/:id', auth, (q, r) => {}); router.all('/b', h)`, ['GET /a/:id', '* /b']],
    ['a.js', `fastify.route({ method: ['GET', 'post'], url: '/a', handler })`, ['GET /a', 'POST /a']],
    [
      'a.js',
      `serve({ 'GET /a/:id': ({ id }) => id, 'POST /b': create, 'PUT /c': 'no', 'x /d': f })`,
      ['GET /a/:id', 'POST /b'],
    ],
    ['a.js', `axios.get('/a'); cache.delete('/b', { x: 1 }); map.get('c', f)`, []],
    [
      'a.py',
      `@app.route("/a", methods=["POST"])\ndef a(): pass\n@bp.route("/b")\ndef b(): pass`,
      ['POST /a', 'GET /b'],
    ],
    ['a.py', `@router.get("/a/{id}")\nasync def a(id): pass\nrequests.get("/b")`, ['GET /a/{id}']],
    [
      'a.go',
      'package a\nfunc f() { mux.HandleFunc("POST /a/{id}", h); mux.Handle("/b", h2()); r.GET("/c", h) }',
      ['POST /a/{id}', '* /b', 'GET /c'],
    ],
    [
      'A.java',
      '@RestController @RequestMapping("/a") class A { @GetMapping("/{id}") B b() { return c; } @PostMapping B c() { return d; } @RequestMapping(value = "/e", method = RequestMethod.PUT) void e() {} void none() {} }',
      ['GET /a/{id}', 'POST /a', 'PUT /a/e'],
    ],
    [
      'A.java',
      '@Path("/a") class A { @GET @Path("{id}") B b() { return c; } @DELETE void d() {} }',
      ['GET /a/{id}', 'DELETE /a'],
    ],
    ['A.java', '@FeignClient("x") interface A { @GetMapping("/a") B b(); }', []],
    [
      'AController.cs',
      '[Route("api/[controller]")] class OrdersController { [HttpGet("{id}", Name = "x")] public B Get() => b; [HttpPost] public void Post() { } [HttpGet("/all"), Authorize] public void All() { } [NonAction] public void None() { } }',
      ['GET /api/Orders/{id}', 'POST /api/Orders', 'GET /all'],
    ],
    [
      'Program.cs',
      'app.MapGet("/a/{id}", (int id) => id); app.MapPost("/b", Create); cache.MapGet("/c"); client.Get("/d");',
      ['GET /a/{id}', 'POST /b'],
    ],
  ];
  for (const [path, source, expected] of cases)
    it(`${path}: ${source}`, async () => assert.deepEqual(await routes(path, source), expected));

  it('are mounted under prefixes', async () => {
    assert.deepEqual((await facts('a.js', `app.use('/api/', r); app.use(cors())`)).mounts, ['/api']);
    assert.deepEqual((await facts('a.cs', `var g = app.MapGroup("/v2"); g.MapGet("/a", F);`)).mounts, [
      '/v2',
    ]);
    assert.deepEqual((await facts('a.py', `router = APIRouter(prefix="/v1")`)).mounts, ['/v1']);
  });
});

describe('parsers', () => {
  it('without their files reject, and leave the process alone', async () => {
    const missing = new Parsers('/nowhere');
    await assert.rejects(sourceFacts(missing, 'a.js', 'tracer.startSpan("a")'), /ENOENT.*nowhere/);
  });
});
