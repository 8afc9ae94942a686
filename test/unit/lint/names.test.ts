import assert from 'node:assert/strict';
import { type Expand, Names } from '../../../src/lint/facts/names.ts';
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
      'io.opentelemetry.api.common.AttributeKey.stringKey()',
      'global#unknown',
    ]);
  });
});
