// What the shop's customers talk to. Exports its spans as OTLP over HTTP, in protobuf.
const { trace } = require('@opentelemetry/api');
const { call, log, serve, withSpan } = require('./lib/service.js');

const tracer = trace.getTracer('shop.gateway', '1.0.0');
const orders = process.env.ORDERS_URL;

serve({
  'GET /products': () => call('GET', `${orders}/products`),

  'GET /history/:customer': ({ params }) => call('GET', `${orders}/orders?customer=${params.customer}`),

  'POST /checkout': ({ body }) =>
    withSpan(tracer, 'checkout', { 'shop.cart.size': body.items.length }, async span => {
      // gap: personal-data — an e-mail address has no place in a trace.
      span.setAttribute('customer.email', body.email);
      await withSpan(tracer, 'validate cart', {}, () => validateCart(body.items));
      const order = await call('POST', `${orders}/orders`, body);
      log('INFO', `order ${order.id} placed`, { 'shop.order.id': order.id });
      span.addEvent('order placed', { 'shop.order.id': order.id });
      return order;
    }),
});

function validateCart(items) {
  for (const { quantity } of items)
    if (!(quantity > 0)) throw new RangeError(`a quantity of ${quantity} cannot be ordered`);
}
