// Keeps the orders. Exports its spans as OTLP over HTTP, in JSON.
const { trace } = require('@opentelemetry/api');
const { Database } = require('./lib/database.js');
const { call, log, serve, withSpan } = require('./lib/service.js');

const tracer = trace.getTracer('shop.orders', '1.0.0');
const payments = process.env.PAYMENTS_URL;

const products = [
  { sku: 'kettle', price: 39 },
  { sku: 'teapot', price: 28 },
  { sku: 'cup', price: 9 },
  { sku: 'tea', price: 6 },
];
const database = new Database('shop', {
  products,
  orders: Array.from({ length: 8 }, (_, id) => ({ id, customer: 'ada', total: 10 + id })),
  items: Array.from({ length: 16 }, (_, index) => ({ order_id: index >> 1, sku: products[index % 4].sku })),
});
let lastId = 7;

serve({
  'GET /products': () => database.query('SELECT * FROM products'),

  'GET /orders': ({ params }) =>
    withSpan(tracer, 'load order history', { 'shop.customer': params.customer }, async () => {
      const found = await database.query('SELECT * FROM orders WHERE customer = ?', [params.customer]);
      const history = [];
      // gap: n-plus-one — one statement for each order, where a single join would do.
      for (const order of found.slice(0, 8)) {
        const items = await database.query('SELECT * FROM items WHERE order_id = ?', [order.id]);
        history.push({ ...order, items });
      }
      return history;
    }),

  'POST /orders': async ({ body }) => {
    const total = await withSpan(tracer, 'price order', {}, () => price(body.items));
    // gap: error-cascade — a declined card fails here, in the caller, and in the caller's caller.
    await call('POST', `${payments}/charges`, { card: body.card, amount: total });
    const order = { id: ++lastId, customer: body.customer, total };
    await database.query('INSERT INTO orders (id, customer, total) VALUES (?, ?, ?)', Object.values(order));
    sendReceipt(order);
    return order;
  },
});

async function price(items) {
  const known = await database.query('SELECT * FROM products');
  const prices = new Map(known.map(({ sku, price }) => [sku, price]));
  return items.reduce((sum, { sku, quantity }) => sum + prices.get(sku) * quantity, 0);
}

/** Nobody waits for the receipt. */
function sendReceipt(order) {
  // gap: lost-context — nothing instruments `fetch` here: the receipt starts a trace of its own.
  fetch(`${payments}/receipts`, { method: 'POST', body: JSON.stringify(order) }).catch(error =>
    log('WARN', `no receipt for order ${order.id}: ${error.message}`),
  );
}
