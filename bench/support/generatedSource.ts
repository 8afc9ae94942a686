/** Source as services have it: handlers with spans, calls, queries, errors and plain code in between. */
export type SourceKind = 'ts' | 'py' | 'go';

const blocks: { readonly [kind in SourceKind]: { readonly head: string; block(index: number): string } } = {
  ts: {
    head: `import { SpanStatusCode, context, propagation, trace, type Span } from '@opentelemetry/api';
import axios from 'axios';
import { db } from './db';
import type { Order, Customer } from './types';

const tracer = trace.getTracer('orders');
`,
    block: index => `
export interface Request${index} {
  readonly id: string;
  readonly customer: Customer;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
}

/** Prices the order and asks the stock service, in the span of the handler. */
export async function placeOrder${index}(request: Request${index}, retries = 3): Promise<Order> {
  return tracer.startActiveSpan('place order ${index}', async (span: Span) => {
    try {
      span.setAttribute('app.order.id', request.id);
      span.setAttributes({ 'app.order.items': request.items.length, 'app.retries': retries });
      const headers: Record<string, string> = { accept: 'application/json' };
      propagation.inject(context.active(), headers);
      const total = request.items
        .filter(item => item.quantity > 0)
        .map(item => price${index}(item.sku) * item.quantity)
        .reduce((sum, each) => sum + each, 0);
      const response = await axios.post(\`http://stock/reserve/\${request.id}\`, { total }, { headers });
      if (response.status >= 400) throw new Error(\`stock answered \${response.status}\`);
      const rows = await db.query('SELECT * FROM orders WHERE id = $1', [request.id]);
      for (const row of rows) {
        if (row.state === 'open' && retries > 0) row.attempts += 1;
        else if (row.state === 'closed') continue;
        span.addEvent('checked', { state: row.state });
      }
      return { id: request.id, total, state: total > 100 ? 'review' : 'accepted' };
    } catch (error) {
      span.recordException(error as Error);
      span.setStatus({ code: SpanStatusCode.ERROR, message: 'order failed' });
      throw error;
    } finally {
      span.end();
    }
  });
}

function price${index}(sku: string): number {
  switch (sku.slice(0, 2)) {
    case 'AA':
      return 12.5;
    case 'BB':
      return sku.length > 4 ? 7 : 9;
    default:
      return Number.parseInt(sku, 10) || 1;
  }
}
`,
  },
  py: {
    head: `from dataclasses import dataclass

import requests
from opentelemetry import trace
from opentelemetry.propagate import inject
from opentelemetry.trace import Status, StatusCode

tracer = trace.get_tracer(__name__)
`,
    block: index => `

@dataclass
class Request${index}:
    id: str
    customer: str
    items: list


class Orders${index}:
    """Prices orders and asks the stock service."""

    def __init__(self, base, retries=3):
        self.base = base
        self.retries = retries
        self.session = requests.Session()

    def place(self, request: Request${index}):
        with tracer.start_as_current_span("place order ${index}") as span:
            span.set_attribute("app.order.id", request.id)
            span.set_attributes({"app.order.items": len(request.items), "app.retries": self.retries})
            headers = {"accept": "application/json"}
            inject(headers)
            total = sum(self.price(item["sku"]) * item["quantity"] for item in request.items)
            try:
                response = self.session.post(f"{self.base}/reserve/{request.id}", json={"total": total}, headers=headers)
                if response.status_code >= 400:
                    raise ValueError(f"stock answered {response.status_code}")
                for row in response.json()["rows"]:
                    if row["state"] == "open" and self.retries > 0:
                        row["attempts"] += 1
                    elif row["state"] == "closed":
                        continue
                    span.add_event("checked", {"state": row["state"]})
            except ValueError as error:
                span.record_exception(error)
                span.set_status(Status(StatusCode.ERROR, "order failed"))
                raise
            return {"id": request.id, "total": total, "state": "review" if total > 100 else "accepted"}

    def price(self, sku):
        if sku.startswith("AA"):
            return 12.5
        return 7 if len(sku) > 4 else 9
`,
  },
  go: {
    head: `package orders

import (
	"context"
	"fmt"
	"net/http"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
)

var tracer = otel.Tracer("orders")
`,
    block: index => `
type Request${index} struct {
	ID    string
	Items []Item
}

// PlaceOrder${index} prices the order and asks the stock service.
func (s *Server) PlaceOrder${index}(ctx context.Context, request *Request${index}) (*Order, error) {
	ctx, span := tracer.Start(ctx, "place order ${index}")
	defer span.End()
	span.SetAttributes(attribute.String("app.order.id", request.ID), attribute.Int("app.order.items", len(request.Items)))
	total := 0.0
	for _, item := range request.Items {
		if item.Quantity <= 0 {
			continue
		}
		total += s.price${index}(item.SKU) * float64(item.Quantity)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("%s/reserve/%s", s.base, request.ID), nil)
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
		return nil, err
	}
	otel.GetTextMapPropagator().Inject(ctx, propagation.HeaderCarrier(req.Header))
	response, err := s.client.Do(req)
	if err != nil {
		span.RecordError(err)
		span.SetStatus(codes.Error, err.Error())
		return nil, fmt.Errorf("stock: %w", err)
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode >= 500:
		span.SetStatus(codes.Error, "stock failed")
		return nil, fmt.Errorf("stock answered %d", response.StatusCode)
	case total > 100:
		return &Order{ID: request.ID, Total: total, State: "review"}, nil
	}
	return &Order{ID: request.ID, Total: total, State: "accepted"}, nil
}

func (s *Server) price${index}(sku string) float64 {
	if len(sku) > 4 {
		return 7
	}
	return 9
}
`,
  },
};

/** A file of at least that many lines. */
export function generatedSource(kind: SourceKind, lines: number, first = 0): string {
  const { head, block } = blocks[kind];
  let source = head;
  let count = head.split('\n').length;
  const each = block(0).split('\n').length - 1;
  for (let index = first; count < lines; index++, count += each) source += block(index);
  return source;
}
