// A small HTTP service: routes, JSON in and out, a start and an end.
const http = require('node:http');
const { SpanStatusCode, trace } = require('@opentelemetry/api');
const { logs, SeverityNumber } = require('@opentelemetry/api-logs');
const { shutdown } = require('./telemetry.js');

const logger = logs.getLogger('shop');

/** An error that a route answers with a status of its own. */
class HttpError extends Error {
  name = 'HttpError';

  constructor(status, message, options) {
    super(message, options);
    this.status = status;
  }
}

/**
 * Serves `routes` (`'GET /orders/:id': async ({ params, body }) => answer`) on a free loopback port, tells the parent
 * process the address, and ends with it.
 */
function serve(routes) {
  const table = Object.entries(routes).map(([route, handler]) => {
    const [method, path] = route.split(' ');
    const pattern = new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
    return { method, path, pattern, handler };
  });

  const server = http.createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    const route = table.find(({ method, pattern }) => method === request.method && pattern.test(pathname));
    const span = trace.getActiveSpan();
    if (!route) return answer(response, 404, { error: 'not found' });
    span?.updateName(`${route.method} ${route.path}`).setAttribute('http.route', route.path);
    try {
      const params = { ...Object.fromEntries(searchParams), ...route.pattern.exec(pathname).groups };
      answer(response, 200, await route.handler({ params, body: await readJson(request) }));
    } catch (error) {
      span?.recordException(error);
      span?.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
      log('ERROR', `${route.method} ${route.path} failed: ${error.message}`);
      answer(response, error.status ?? 500, { error: error.message });
    }
  });

  server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
  // Ctrl+C reaches the whole group; the parent decides when this service ends.
  process.on('SIGINT', () => {});
  process.once('disconnect', async () => {
    server.close();
    server.closeAllConnections();
    await shutdown();
    process.exit();
  });
}

/** Calls another service; the HTTP instrumentation passes the trace on. */
async function call(method, url, body) {
  const response = await new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers: { 'content-type': 'application/json' } }, resolve);
    request.once('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
  const answered = await readJson(response);
  if (response.statusCode >= 400) throw new HttpError(502, `${new URL(url).pathname}: ${answered.error}`);
  return answered;
}

/** Runs `work` in a span of its own; an error marks the span and goes on. */
function withSpan(tracer, name, attributes, work) {
  return tracer.startActiveSpan(name, { attributes }, async span => {
    try {
      return await work(span);
    } catch (error) {
      span.recordException(error);
      span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A log record that carries the trace and span it was written in. */
function log(severityText, body, attributes) {
  logger.emit({ severityText, severityNumber: SeverityNumber[severityText], body, attributes });
}

async function readJson(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return parts.length > 0 ? JSON.parse(Buffer.concat(parts)) : undefined;
}

function answer(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

module.exports = { HttpError, call, log, serve, withSpan };
