// Charges cards. Exports its spans as OTLP over gRPC.
const { setTimeout: sleep } = require('node:timers/promises');
const { trace } = require('@opentelemetry/api');
const { codeHere } = require('./lib/code.js');
const { HttpError, log, serve, withSpan } = require('./lib/service.js');

const tracer = trace.getTracer('shop.payments', '1.0.0');

serve({
  'POST /charges': async ({ body }) => {
    await withSpan(tracer, 'check for fraud', codeHere(), () => sleep(5 + Math.random() * 20));
    return authoriseCard(body);
  },

  'POST /receipts': ({ body }) =>
    withSpan(tracer, 'send receipt', { ...codeHere(), 'shop.order.id': body.id }, () => sleep(2)),
});

function authoriseCard({ card, amount }) {
  return withSpan(tracer, 'authorise card', { ...codeHere(), 'shop.amount': amount }, async span => {
    await sleep(10 + Math.random() * 30);
    if (card === 'expired') {
      log('WARN', 'card declined', { 'shop.amount': amount });
      throw new HttpError(402, 'the card has expired');
    }
    span.addEvent('authorised', { 'shop.amount': amount });
    return { authorised: true };
  });
}
