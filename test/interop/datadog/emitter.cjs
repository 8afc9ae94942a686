// A server that is called once, traced as the environment says: node emitter.cjs <package>
const [, , name] = process.argv;
const tracer = require(name).init({ flushInterval: 100, startupLogs: false });
const { createServer, get } = require('node:http');

const server = createServer((_, response) => {
  tracer.trace('work', { resource: 'do work', type: 'custom', tags: { answer: 42, note: 'hello' } }, span => {
    span.setTag('error', new TypeError('no such user'));
    console.log(
      JSON.stringify({ traceId: span.context().toTraceId(true), spanId: span.context().toSpanId(true) }),
    );
    response.end('done');
  });
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  get({ host: '127.0.0.1', port, path: '/users/1' }, response => {
    response.resume().on('end', () => setTimeout(() => process.exit(0), 1_500));
  });
});
