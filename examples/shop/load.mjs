// Customers: a repeating mix of requests, so that a given number of them always makes the same traces.
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const mix = [
  ['GET', '/products'],
  ['POST', '/checkout', checkout('valid')],
  ['POST', '/checkout', checkout('valid')],
  ['GET', '/history/ada'],
  ['POST', '/checkout', checkout('expired')],
];

/** Sends `requests` requests (endlessly if undefined) to the gateway, `rate` a second, until the signal aborts. */
export async function load(gateway, { requests = Number.POSITIVE_INFINITY, rate, signal }) {
  let sent = 0;
  for (; sent < requests && !signal.aborted; sent++) {
    await send(gateway, mix[sent % mix.length]);
    await sleep(1000 / rate, undefined, { signal }).catch(error => {
      if (error.name !== 'AbortError') throw error;
    });
  }
  return sent;
}

function checkout(card) {
  return {
    customer: 'ada',
    email: 'ada.lovelace@example.com',
    card,
    items: [
      { sku: 'teapot', quantity: 1 },
      { sku: 'cup', quantity: 4 },
    ],
  };
}

function send(gateway, [method, path, body]) {
  return new Promise((resolve, reject) => {
    const request = http.request(gateway + path, { method }, response => {
      response.resume().once('end', resolve);
    });
    request.once('error', reject);
    request.end(body && JSON.stringify(body));
  });
}
