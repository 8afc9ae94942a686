"""Sends spans with the real OpenTelemetry SDK and prints what it sent, a JSON object a line.

usage: emitter.py <http|grpc> <endpoint> <none|gzip> <number of traces>
"""
import json
import sys

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

protocol, endpoint, compression, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])

if protocol == "http":
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    exporter = OTLPSpanExporter(
        endpoint=f"{endpoint}/v1/traces",
        compression=Compression.Gzip if compression == "gzip" else Compression.NoCompression,
    )
else:
    import grpc
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    exporter = OTLPSpanExporter(
        endpoint=endpoint,
        insecure=True,
        compression=grpc.Compression.Gzip if compression == "gzip" else grpc.Compression.NoCompression,
    )

resource = Resource.create({"service.name": f"interop-python-{protocol}-{compression}"})
provider = TracerProvider(resource=resource)
provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=100_000))
tracer = provider.get_tracer("interop", "1.2.3")

VALUES = {"text": "grüße ☂", "large": 2**53 + 1, "ratio": 0.1, "yes": True, "list": ["a", "b"], "numbers": [1, -2]}


def report(span, parent):
    print(
        json.dumps(
            {
                "traceId": f"{span.context.trace_id:032x}",
                "spanId": f"{span.context.span_id:016x}",
                "parentSpanId": f"{parent.context.span_id:016x}" if parent else "",
                "name": span.name,
                "start": str(span.start_time),
                "end": str(span.end_time),
                "events": [[event.name, str(event.timestamp)] for event in span.events],
            }
        )
    )


for number in range(count):
    with tracer.start_as_current_span("checkout", kind=SpanKind.SERVER, attributes=VALUES) as root:
        root.set_attribute("number", number)
        link = Link(root.get_span_context(), {"why": "retry"})
        with tracer.start_as_current_span("charge", kind=SpanKind.CLIENT, links=[link]) as child:
            child.add_event("declined", {"code": 51})
            child.set_status(Status(StatusCode.ERROR, "card declined"))
        report(child, root)
    report(root, None)

provider.shutdown()
