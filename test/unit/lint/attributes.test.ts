import assert from 'node:assert/strict';
import { type AttributeWrite, attributeWrites } from '../../../src/lint/facts/attributes/attributes.ts';
import { FileFacts } from '../../../src/lint/facts/fileFacts.ts';
import { WorkspaceProject } from '../../../src/lint/project/project.ts';
import { syntaxOf } from './parsing.ts';

async function writesIn(path: string, source: string): Promise<readonly AttributeWrite[]> {
  const syntax = await syntaxOf(path, source);
  assert.ok(syntax !== undefined);
  return new FileFacts(path, syntax, new WorkspaceProject()).get(attributeWrites);
}

/** `sink key = value`, with `?` where the receiver is only likely. */
async function shown(path: string, source: string): Promise<string[]> {
  return (await writesIn(path, source)).map(
    ({ sink, key, valueAt, certain }) => `${sink}${certain ? '' : '?'} ${key} = ${valueAt.text}`,
  );
}

async function removed(path: string, source: string, index = 0): Promise<string> {
  const { at } = (await writesIn(path, source))[index].removal;
  return source.slice(0, at.start) + source.slice(at.end);
}

const api = `import { trace, propagation, metrics } from '@opentelemetry/api';
const tracer = trace.getTracer('x');
`;

describe('attribute writes of JavaScript and TypeScript', () => {
  it('sees what spans, events, links and options are given', async () => {
    const source = `${api}
const KEY = 'app.key';
function f(user, span: Span, options) {
  trace.getActiveSpan()?.setAttribute('user.email', user.email);
  span.setAttributes({ [KEY]: 1, plain: 2, ...(user && { 'user.name': user.name }) });
  span.addEvent('login', { 'user.id': user.id }).setAttribute('chained', true);
  span.addLink({ context, attributes: { reason: 'retry' } });
  span.updateName(\`GET \${user.id}\`);
  span.setStatus({ code: 2, message: user.error });
  const child = tracer.startSpan('child', { attributes: { a: 1 }, links: [{ context, attributes: { b: 2 } }] });
  tracer.startActiveSpan('active', { attributes: { c: 3 } }, s => {
    s.setAttribute('d', 4);
  });
}`;
    assert.deepEqual(await shown('a.ts', source), [
      'span user.email = user.email',
      'span? app.key = 1',
      'span? plain = 2',
      'span? user.name = user.name',
      'event? user.id = user.id',
      'span? chained = true',
      "link? reason = 'retry'",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: source
      'name? undefined = `GET ${user.id}`',
      'status? undefined = user.error',
      'startOptions a = 1',
      'link b = 2',
      'startOptions c = 3',
      'span d = 4',
    ]);
  });

  it('follows a variable, and what is assigned to it', async () => {
    const source = `${api}
function f(body) {
  const attributes = { 'app.a': 1 };
  attributes['app.b'] = body;
  trace.getActiveSpan().setAttributes(attributes);
}`;
    assert.deepEqual(await shown('a.js', source), ['span app.a = 1', 'span app.b = body']);
  });

  it('knows constants of the semantic conventions', async () => {
    const source = `${api}import { ATTR_HTTP_ROUTE } from '@opentelemetry/semantic-conventions';
trace.getActiveSpan().setAttributes({ [ATTR_HTTP_ROUTE]: route });`;
    const [write] = await writesIn('a.ts', source);
    assert.equal(write.key, 'http.route');
    assert.equal(write.keyAt?.text, 'ATTR_HTTP_ROUTE');
  });

  it('sees resources, baggage and metrics', async () => {
    const source = `${api}import { Resource, resourceFromAttributes } from '@opentelemetry/resources';
new Resource({ 'service.name': 'cart' });
resourceFromAttributes({ 'service.version': version });
propagation.createBaggage({ 'user.email': { value: email } });
let baggage = propagation.getBaggage(context);
baggage = baggage.setEntry('tenant', { value: tenant });
const counter = metrics.getMeter('m').createCounter('orders');
counter.add(1, { currency });`;
    assert.deepEqual(await shown('a.ts', source), [
      "resource service.name = 'cart'",
      'resource service.version = version',
      'baggage user.email = email',
      'baggage? tenant = tenant',
      'metric currency = currency',
    ]);
  });

  it('leaves elements of pages, sets and other spans alone', async () => {
    const source = `${api}import * as Sentry from '@sentry/node';
document.documentElement.setAttribute('data-password', 'x');
const span = document.createElement('span');
span.setAttribute('class', 'y');
spanRef.current.setAttribute('id', 'z');
xml.setAttribute('a', 'b');
new Set().add(1, { a: 1 });
Sentry.startSpan({ name: 'x' }, other => { other.setAttribute('a', 1); });`;
    assert.deepEqual(await shown('a.js', source), []);
  });

  it('does not believe a name in a file without OpenTelemetry', async () => {
    assert.deepEqual(await shown('a.js', "function f(span) { span.setAttribute('style', css); }"), []);
  });

  it('tells what to remove', async () => {
    const head = "import { trace } from '@opentelemetry/api';\n";
    const span = 'trace.getActiveSpan()';
    assert.equal(await removed('a.js', `${head}${span}.setAttribute('a', 1);`), head);
    assert.equal(
      await removed('a.js', `${head}const s = ${span}.setAttribute('a', 1);`),
      `${head}const s = ${span};`,
    );
    assert.equal(
      await removed('a.js', `${head}${span}.setAttribute('a', 1).setAttribute('b', 2);`, 1),
      `${head}${span}.setAttribute('a', 1);`,
    );
    assert.equal(
      await removed('a.js', `${head}${span}.setAttributes({ a: 1 });`),
      `${head}${span}.setAttributes({  });`,
    );
  });
});

describe('attribute writes of Python', () => {
  it('sees what spans, events, options, resources and baggage are given', async () => {
    const source = `from opentelemetry import trace, baggage
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import Status, StatusCode
tracer = trace.get_tracer(__name__)
KEY = "app.key"

def f(user, span):
    with tracer.start_as_current_span("load", attributes={"a": 1}) as current:
        current.set_attribute("user.email", user.email)
        current.set_attributes({KEY: 2, "b": user.id})
        current.add_event("x", {"c": 3})
        current.add_event("x", attributes={"d": 4})
        current.set_status(Status(StatusCode.ERROR, str(user)))
        current.update_name(f"load {user.id}")
    trace.get_current_span().set_attribute("e", 5)
    span.set_attribute("f", 6)
    context = baggage.set_baggage("user.email", user.email)

resource = Resource.create({"service.name": "cart"})
`;
    assert.deepEqual(await shown('a.py', source), [
      'startOptions a = 1',
      'span user.email = user.email',
      'span app.key = 2',
      'span b = user.id',
      'event c = 3',
      'event d = 4',
      'status undefined = str(user)',
      'name undefined = f"load {user.id}"',
      'span e = 5',
      'span? f = 6',
      'baggage user.email = user.email',
      'resource service.name = "cart"',
    ]);
  });

  it('knows attributes of semconv, and elements that are none', async () => {
    const source = `from opentelemetry.semconv.trace import SpanAttributes
from opentelemetry.trace import Span
def f(span: Span, element):
    span.set_attribute(SpanAttributes.HTTP_ROUTE, route)
    element.set_attribute("password", 1)
`;
    assert.deepEqual(await shown('a.py', source), ['span http.route = route']);
  });
});

describe('attribute writes of Go', () => {
  const head = `package cart

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	semconv "go.opentelemetry.io/otel/semconv/v1.26.0"
	"go.opentelemetry.io/otel/trace"
)
`;
  it('finds where the attributes go', async () => {
    const source = `${head}
func f(ctx context.Context, req *Request) {
	ctx, span := otel.Tracer("cart").Start(ctx, "load", trace.WithAttributes(attribute.String("a", req.A)))
	span.SetAttributes(attribute.String("user.email", req.GetEmail()), attribute.Int("n", 1))
	span.SetAttributes(attribute.Key("k").String(req.K), semconv.HTTPRoute(route), semconv.HTTPRouteKey.String(other))
	span.AddEvent("x", trace.WithAttributes(attribute.Bool("b", true)))
	attrs := []attribute.KeyValue{attribute.String("c", req.C)}
	span.SetAttributes(attrs...)
	span.SetStatus(codes.Error, err.Error())
	span.SetName(req.Name)
	m, _ := baggage.NewMember("user.email", req.Email)
	counter.Add(ctx, 1, metric.WithAttributes(attribute.String("d", req.D)))
	res, _ := resource.New(ctx, resource.WithAttributes(semconv.ServiceName("cart")))
	more = append(more, attribute.String("e", req.E))
}
`;
    assert.deepEqual(await shown('a.go', source), [
      'startOptions? a = req.A',
      'span user.email = req.GetEmail()',
      'span n = 1',
      'span k = req.K',
      'span http.route = route',
      'span http.route = other',
      'event? b = true',
      'span c = req.C',
      'status undefined = err.Error()',
      'name undefined = req.Name',
      'baggage user.email = req.Email',
      'metric d = req.D',
      'resource service.name = "cart"',
      'unknown e = req.E',
    ]);
  });

  it('tells what to remove', async () => {
    const body = (text: string) => `${head}\nfunc f(span trace.Span) {\n\t${text}\n}\n`;
    assert.equal(await removed('a.go', body('span.SetAttributes(attribute.Int("a", 1))')), body(''));
    assert.equal(
      await removed('a.go', body('span.SetAttributes(attribute.Int("a", 1), attribute.Int("b", 2))')),
      body('span.SetAttributes(, attribute.Int("b", 2))'),
    );
  });
});
