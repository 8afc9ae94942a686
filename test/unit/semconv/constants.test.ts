import assert from 'node:assert/strict';
import * as stable from '@opentelemetry/semantic-conventions';
import * as incubating from '@opentelemetry/semantic-conventions/incubating';
import { constantFor, semconvConstant } from '../../../src/semconv/constants.ts';

describe('constants of the semantic conventions', () => {
  it('of the npm package hold the keys that they hold there', () => {
    const names = [...Object.entries(stable), ...Object.entries(incubating)].filter(
      ([name, value]) => /^(?:ATTR|SEMATTRS|SEMRESATTRS)_/.test(name) && typeof value === 'string',
    );
    assert.ok(names.length > 1_000);
    for (const [name, value] of names)
      assert.equal(semconvConstant(`@opentelemetry/semantic-conventions#${name}`)?.key, value, name);
    for (const [name, value] of Object.entries(stable.SemanticAttributes))
      assert.equal(
        semconvConstant(`@opentelemetry/semantic-conventions#SemanticAttributes.${name}`)?.key,
        value,
        name,
      );
  });

  const cases: [string, string | undefined, boolean?][] = [
    ['@opentelemetry/semantic-conventions#SEMATTRS_HTTP_METHOD', 'http.method', true],
    ['@opentelemetry/semantic-conventions#HTTP_REQUEST_METHOD_VALUE_GET', undefined],
    ['go.opentelemetry.io/otel/semconv/v1.17.0#HTTPMethodKey', 'http.method'],
    ['go.opentelemetry.io/otel/semconv/v1.17.0#CodeLineNumberKey', 'code.lineno'],
    ['go.opentelemetry.io/otel/semconv/v1.37.0#CodeLineNumberKey', 'code.line.number'],
    ['go.opentelemetry.io/otel/semconv/v1.24.0#MessagingClientID', 'messaging.client_id'],
    ['go.opentelemetry.io/otel/semconv/v1.27.0#MessagingClientID', 'messaging.client.id'],
    ['go.opentelemetry.io/otel/semconv/v1.26.0#SchemaURL', undefined],
    ['go.opentelemetry.io/otel/semconv/v1.26.0#HTTPRouteKey.String', 'http.route'],
    ['opentelemetry.semconv.trace.SpanAttributes.HTTP_METHOD', 'http.method', true],
    ['opentelemetry.semconv.resource.ResourceAttributes.SERVICE_NAME', 'service.name', true],
    ['opentelemetry.semconv.attributes.http_attributes.HTTP_REQUEST_METHOD', 'http.request.method', false],
    ['opentelemetry.semconv._incubating.attributes.db_attributes.DB_SYSTEM', 'db.system', false],
    ['opentelemetry.sdk.resources.SERVICE_NAME', 'service.name', false],
    ['io.opentelemetry.semconv.HttpAttributes.HTTP_REQUEST_METHOD', 'http.request.method', false],
    ['io.opentelemetry.semconv.trace.attributes.SemanticAttributes.HTTP_METHOD', 'http.method', true],
    ['com.acme.SpanAttributes.HTTP_METHOD', undefined],
    [
      'OpenTelemetry.SemanticConventions.HttpAttributes.AttributeHttpRequestMethod',
      'http.request.method',
      false,
    ],
  ];
  for (const [name, key, legacy] of cases)
    it(name, () => {
      const found = semconvConstant(name);
      assert.equal(found?.key, key);
      if (legacy !== undefined) assert.equal(found?.legacy, legacy);
    });

  it('that replace others are those that the version in use has', () => {
    const name = (...of: Parameters<typeof constantFor>) => constantFor(...of)?.name;
    assert.equal(name('javascript', 'http.request.method', '^1.28.0'), 'ATTR_HTTP_REQUEST_METHOD');
    assert.equal(name('javascript', 'http.request.method', '1.21.0'), undefined);
    assert.equal(name('javascript', 'db.query.text', '1.30.0'), undefined);
    assert.equal(name('javascript', 'db.query.text', '1.34.0'), 'ATTR_DB_QUERY_TEXT');
    assert.equal(name('go', 'http.request.method', '1.24.0'), 'HTTPRequestMethodKey');
    assert.equal(name('go', 'http.request.method', '1.17.0'), undefined);
    assert.equal(name('go', 'db.system.name', '1.26.0'), undefined);
    assert.equal(name('python', 'url.full', undefined), 'URL_FULL');
    assert.equal(name('java', 'url.full', undefined), undefined);
  });
});
