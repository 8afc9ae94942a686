import assert from 'node:assert/strict';
import type { Expand } from '../../../src/lint/facts/nameParts.ts';
import { Names } from '../../../src/lint/facts/names.ts';
import { syntaxOf } from './parsing.ts';

/** The callees of the calls to `probe…` and what their first argument is: `probe(x)` asks what `x` is. */
async function probes(path: string, source: string, expand?: Expand): Promise<(string | undefined)[]> {
  const syntax = await syntaxOf(path, source);
  assert.ok(syntax);
  assert.equal(syntax.broken, false, 'the fixture parses');
  const names = new Names(syntax, expand);
  return syntax.calls
    .filter(({ callee }) => callee === 'probe')
    .map(call => names.qualified(call.arguments[0], call.inFunction));
}

describe('qualified names', () => {
  it('of imports in JavaScript', async () => {
    const source = `
      import axios, { get as fetchIt } from 'axios';
      import * as api from '@opentelemetry/api';
      import http from 'node:http';
      const { trace } = require('@opentelemetry/api');
      const kafka = require('kafkajs').Kafka;
      probe(axios); probe(axios.create().get); probe(fetchIt); probe(api.trace.getTracer('x'));
      probe(trace.getTracer('x').startSpan); probe(http.request); probe(new kafka({}).producer()); probe(fetch);`;
    assert.deepEqual(await probes('a.js', source), [
      'axios#',
      'axios#create().get',
      'axios#get',
      '@opentelemetry/api#trace.getTracer()',
      '@opentelemetry/api#trace.getTracer().startSpan',
      'http#request',
      'kafkajs#Kafka().producer()',
      'global#fetch',
    ]);
  });

  it('of what callbacks are given by promises, and after an error', async () => {
    const source = `
      const amqp = require('amqplib/callback_api');
      import { connect } from 'amqplib';
      amqp.connect('x', (err, connection) => {
        probe(err); probe(connection);
        connection.createChannel((_, channel) => probe(channel));
      });
      connect('x').then(connection => probe(connection.createChannel()));
      list.map(each => probe(each)); list.forEach((item, index) => probe(index));`;
    assert.deepEqual(await probes('a.js', source), [
      undefined,
      'amqplib/callback_api#connect()',
      'amqplib/callback_api#connect().createChannel()',
      'amqplib#connect().createChannel()',
      undefined,
      undefined,
    ]);
  });

  it('of variables of the file that its functions fill', async () => {
    const source = `
      const { Kafka } = require('kafkajs');
      let producer = null;
      let channel;
      let other;
      async function init() { const kafka = new Kafka({}); producer = kafka.producer(); await producer.connect(); }
      require('amqplib').connect('x').then(connection => (channel = connection.createChannel()));
      function local() { let other; other = new Kafka({}); }
      function send() { probe(producer); probe(channel); probe(other); }`;
    assert.deepEqual(await probes('a.js', source), [
      'kafkajs#Kafka().producer()',
      'amqplib#connect().createChannel()',
      'global#other',
    ]);
  });

  it('of fields that are declared as one type and given something else', async () => {
    const source = `
      import { Kafka, Producer } from 'kafkajs';
      class Orders {
        private producer: Producer;
        private channel: any;
        private own: Own;
        constructor() {
          this.producer = new Kafka({}).producer();
          this.channel = connect();
          this.own = make();
        }
        send() { probe(this.producer); probe(this.channel); probe(this.own); }
      }`;
    assert.deepEqual(await probes('a.ts', source), ['kafkajs#Producer()', 'global#connect()', undefined]);
  });

  it('of fields of other classes, and of what classes take over', async () => {
    const source = `package a
      import ("net/http"; "github.com/rabbitmq/amqp091-go"; "sync")
      type shop struct { client *http.Client; mu sync.Mutex }
      type orders struct { shop *shop; conn *connection }
      type queue struct { sync.Mutex; *amqp091.Channel }
      func (o *orders) f() { probe(o.shop.client); probe(o.shop.mu); probe(o.conn.channel) }
      func (q *queue) f() { probe(q.Publish); probe(q.own); probe(q.Lock) }
      func (q *queue) own() {}`;
    const expand: Expand = (module, name) =>
      module === '.' && name === 'connection.channel'
        ? 'github.com/rabbitmq/amqp091-go#Channel()'
        : undefined;
    assert.deepEqual(await probes('a.go', source, expand), [
      'net/http#Client()',
      'sync#Mutex()',
      'github.com/rabbitmq/amqp091-go#Channel()',
      'github.com/rabbitmq/amqp091-go#Channel().Publish',
      '#queue().own',
      'github.com/rabbitmq/amqp091-go#Channel().Lock',
    ]);
  });

  it('of modules that are loaded in the middle of an expression', async () => {
    const source = `
      const app = require('express')();
      probe(require('node:http').get); probe(app.listen); probe(require(name)); probe(require('debug')('a').log);`;
    assert.deepEqual(await probes('a.js', source), [
      'http#get',
      'express#().listen',
      undefined,
      'debug#().log',
    ]);
  });

  it('of functions that the file makes, however it writes them', async () => {
    const source = `
      import { trace } from '@opentelemetry/api';
      function declared() {}
      const arrow = name => trace.getTracer(name ?? 'shop');
      const other = () => { if (a) return 1; return {}; };
      probe(declared); probe(arrow); probe(arrow('a').startSpan); probe(other()); probe(() => {});`;
    assert.deepEqual(await probes('a.js', source), [
      '#declared',
      '#arrow',
      '@opentelemetry/api#trace.getTracer().startSpan',
      '#other()',
      undefined,
    ]);
  });

  it('follow variables, fields, parameters with types, and returns', async () => {
    const source = `
      import { trace, type Tracer } from '@opentelemetry/api';
      import axios, { AxiosInstance } from 'axios';
      const tracer = trace.getTracer('x');
      function client() { return axios.create({}); }
      class Shop {
        private readonly http: AxiosInstance;
        api = client();
        constructor(private readonly given: Tracer) { this.own = trace.getTracer('y'); }
        work(span, made: Tracer | undefined) {
          probe(this.http.get); probe(this.api.post); probe(this.given.startSpan); probe(this.own);
          probe(tracer.startSpan('a')); probe(made); probe(span); probe(this.other);
        }
      }`;
    assert.deepEqual(await probes('a.ts', source), [
      'axios#AxiosInstance().get',
      'axios#create().post',
      '@opentelemetry/api#Tracer().startSpan',
      '@opentelemetry/api#trace.getTracer()',
      '@opentelemetry/api#trace.getTracer().startSpan()',
      '@opentelemetry/api#Tracer()',
      undefined,
      '#Shop().other',
    ]);
  });

  it('keep blocks, shadows and several meanings apart', async () => {
    const source = `
      import { get } from 'got';
      import axios from 'axios';
      function a(get) { probe(get); }
      function b() { { const get = axios.get; probe(get); } probe(get); }
      function c(flag) { let client; if (flag) client = axios; else client = get; probe(client); }
      function d(flag) { let client = null; client = axios.create(); probe(client); }`;
    assert.deepEqual(await probes('a.js', source), [
      undefined,
      'axios#get',
      'got#get',
      undefined,
      'axios#create()',
    ]);
  });

  it('ask the project for what other files export', async () => {
    const source = `
      import { api, make } from './clients';
      probe(api.get); probe(make().get); probe(unknown);`;
    const expand: Expand = (module, name) =>
      module === './clients' ? { api: 'axios#create()', 'make()': 'got#extend()' }[name] : undefined;
    assert.deepEqual(await probes('a.js', source, expand), [
      'axios#create().get',
      'got#extend().get',
      'global#unknown',
    ]);
  });

  it('end at circles', async () => {
    const source = `
      const a = b; const b = a; probe(a);
      function f() { return f(); } probe(f());
      const deep = x => deep(y => deep(x)); probe(deep(deep));`;
    assert.equal((await probes('a.js', source)).length, 3);
  });

  it('of what the other files of a Go package have', async () => {
    const source = `package shop
      func work() { probe(tracer); probe(tracer.Start); probe(unknown); probe(own) }
      func own() {}`;
    const expand: Expand = (module, name) =>
      module === '.' && name === 'tracer' ? 'go.opentelemetry.io/otel#Tracer()' : undefined;
    assert.deepEqual(await probes('a.go', source, expand), [
      'go.opentelemetry.io/otel#Tracer()',
      'go.opentelemetry.io/otel#Tracer().Start',
      'global#unknown',
      '#own',
    ]);
  });

  it('of what functions of other Python modules return', async () => {
    const source = `
from app.clients import make
from app import clients
import requests
probe(make())
probe(make().get)
probe(clients.make().get)
probe(requests.Session().get)
`;
    const expand: Expand = (module, name) =>
      module === 'app.clients' && name === 'make()' ? 'requests.Session()' : undefined;
    assert.deepEqual(await probes('a.py', source, expand), [
      'requests.Session()',
      'requests.Session().get',
      'requests.Session().get',
      'requests.Session().get',
    ]);
  });

  it('of fields that are written without this', async () => {
    const source = `
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.common.AttributeKey;
class Keys { static final AttributeKey<String> EMAIL = AttributeKey.stringKey("user.email"); }
class A {
  private final Tracer tracer;
  void f() {
    probe(tracer.spanBuilder("x"));
    probe(this.tracer);
    probe(Keys.EMAIL);
    probe(unknown);
  }
}
`;
    assert.deepEqual(await probes('A.java', source), [
      'io.opentelemetry.api.trace.Tracer().spanBuilder()',
      'io.opentelemetry.api.trace.Tracer()',
      'io.opentelemetry.api.common.AttributeKey()',
      'global#unknown',
    ]);
  });

  it('of what Java declares and calls', async () => {
    const source = `
package shop;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import java.net.http.HttpClient;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import org.apache.http.*;
class Shop {
  private final Tracer tracer;
  private Client client;
  static final Tracer SHARED = GlobalOpenTelemetry.getTracer("shop");
  Shop(OpenTelemetry telemetry) { tracer = telemetry.getTracer("x"); this.client = HttpClient.newHttpClient(); }
  Tracer tracer() { return make(1); }
  Tracer make(int a) { return null; }
  Tracer make(int a, int b) { return null; }
  void work(List<Span> spans, Request request) {
    Span span = null;
    span = tracer.spanBuilder("x").startSpan();
    var http = HttpClient.newHttpClient();
    probe(tracer.spanBuilder("x").startSpan());
    probe(span.end());
    probe(http.send(request));
    probe(client);
    probe(SHARED); probe(Shop.SHARED); probe(this.tracer()); probe(tracer().spanBuilder("x")); probe(make(1, 2));
    probe(stringKey("a"));
    probe(io.opentelemetry.api.trace.Span.current());
    for (Span each : spans) probe(each);
    new Thread(() -> probe(tracer)).start();
    executor.submit(new Runnable() { public void run() { probe(tracer); probe(helper(1)); } });
    probe(request); probe(new Inner().name); probe(Inner.load()); probe(unknown.get());
  }
  int helper(int a) { return a; }
  static class Inner { String name; static Span load() { return null; } }
}
`;
    assert.deepEqual(await probes('Shop.java', source), [
      'io.opentelemetry.api.trace.Tracer().spanBuilder().startSpan()',
      'io.opentelemetry.api.trace.Span().end()',
      'java.net.http.HttpClient.newHttpClient().send()',
      'java.net.http.HttpClient.newHttpClient()',
      'io.opentelemetry.api.trace.Tracer()',
      'io.opentelemetry.api.trace.Tracer()',
      'io.opentelemetry.api.trace.Tracer()',
      'io.opentelemetry.api.trace.Tracer().spanBuilder()',
      'io.opentelemetry.api.trace.Tracer()',
      'io.opentelemetry.api.common.AttributeKey.stringKey()',
      'io.opentelemetry.api.trace.Span.current()',
      'io.opentelemetry.api.trace.Span()',
      'io.opentelemetry.api.trace.Tracer()',
      'io.opentelemetry.api.trace.Tracer()',
      'global#int()',
      'global#Request()',
      '#Inner().name',
      'io.opentelemetry.api.trace.Span()',
      'global#unknown.get()',
    ]);
  });

  it('of what C# declares and calls', async () => {
    const source = `
using System.Diagnostics;
using Act = System.Diagnostics.Activity;
namespace Shop;
public class Orders(HttpClient client, ILogger<Orders> logger) : Base
{
    private static readonly ActivitySource Source = new("shop", "1.0");
    private readonly IHttpClientFactory _factory;
    public ActivitySource Other { get; } = new ActivitySource("other");
    public Orders(IHttpClientFactory factory) : this(null, null) { _factory = factory; }
    public async Task<HttpResponseMessage> Send(HttpRequestMessage request, System.Net.Http.HttpClient given)
    {
        using var activity = Source.StartActivity("send");
        var made = _factory.CreateClient("x");
        Activity? parent = null;
        probe(activity); probe(Source); probe(Orders.Source); probe(Other.StartActivity("x")); probe(client.SendAsync(request));
        probe(given); probe(made.GetAsync("x")); probe(new HttpClient().GetAsync("x")); probe(parent?.SetTag("a", 1));
        probe(System.Diagnostics.Activity.Current); probe(Act.Current); probe(await Load()); probe(Helper.Make());
        foreach (Activity each in all) probe(each);
        if (request is HttpRequestMessage same) probe(same);
        await Task.Run(() => probe(_factory));
        return await Send(request, given);
    }
    private async Task<Activity> Load() => await Task.FromResult(Activity.Current);
}
static class Helper { public static HttpClient Make() { return null; } }
`;
    assert.deepEqual(await probes('Orders.cs', source), [
      'global#ActivitySource().StartActivity()',
      'global#ActivitySource()',
      'global#ActivitySource()',
      'global#ActivitySource().StartActivity()',
      'global#HttpClient().SendAsync()',
      'global#HttpClient()',
      'global#IHttpClientFactory().CreateClient().GetAsync()',
      'global#HttpClient().GetAsync()',
      'global#Activity().SetTag()',
      'global#Activity.Current',
      'global#Activity.Current',
      'global#Activity()',
      'global#HttpClient()',
      'global#Activity()',
      'global#HttpRequestMessage()',
      'global#IHttpClientFactory()',
    ]);
  });
});
