"""emitter.py <format> <endpoint> <service>: sends one trace of two spans, prints a line of JSON for each."""

import json
import os
import sys

form, endpoint, service = sys.argv[1:]


def tell(trace_id, span_id, parent, name):
    print(json.dumps({"traceId": f"{trace_id:032x}", "spanId": f"{span_id:016x}", "parentSpanId": parent, "name": name}))


def datadog(version):
    os.environ["DD_TRACE_AGENT_URL"] = endpoint
    os.environ["DD_TRACE_API_VERSION"] = version
    os.environ["DD_SERVICE"] = service
    os.environ["DD_INSTRUMENTATION_TELEMETRY_ENABLED"] = "false"
    os.environ["DD_REMOTE_CONFIGURATION_ENABLED"] = "false"
    from ddtrace.trace import tracer

    with tracer.trace("checkout", resource="checkout", span_type="web") as root:
        root.set_tag("span.kind", "server")
        with tracer.trace("charge", resource="charge", span_type="http") as child:
            child.set_tag("span.kind", "client")
            child.set_tag("text", "grüße ☂")
            child.error = 1
            child.set_tag("error.message", "card declined")
    tell(root.trace_id, root.span_id, "", "checkout")
    tell(child.trace_id, child.span_id, f"{root.span_id:016x}", "charge")
    tracer.shutdown()


def opentelemetry(exporter):
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.trace import SpanKind, Status, StatusCode

    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("interop", "1.2.3")
    with tracer.start_as_current_span("checkout", kind=SpanKind.SERVER) as root:
        with tracer.start_as_current_span("charge", kind=SpanKind.CLIENT) as child:
            child.set_attribute("text", "grüße ☂")
            child.add_event("declined")
            child.set_status(Status(StatusCode.ERROR, "card declined"))
    at = root.get_span_context()
    below = child.get_span_context()
    tell(at.trace_id, at.span_id, "", "checkout")
    tell(below.trace_id, below.span_id, f"{at.span_id:016x}", "charge")
    provider.shutdown()


def main():
    if form.startswith("datadog-"):
        return datadog(form.removeprefix("datadog-"))
    if form == "zipkin-json":
        from opentelemetry.exporter.zipkin.json import ZipkinExporter

        return opentelemetry(ZipkinExporter(endpoint=f"{endpoint}/api/v2/spans"))
    if form == "zipkin-v1":
        from opentelemetry.exporter.zipkin.encoder import Protocol
        from opentelemetry.exporter.zipkin.json import ZipkinExporter

        return opentelemetry(ZipkinExporter(version=Protocol.V1, endpoint=f"{endpoint}/api/v1/spans"))
    if form == "zipkin-protobuf":
        from opentelemetry.exporter.zipkin.proto.http import ZipkinExporter

        return opentelemetry(ZipkinExporter(endpoint=f"{endpoint}/api/v2/spans"))
    if form == "jaeger-udp":
        from opentelemetry.exporter.jaeger.thrift import JaegerExporter

        host, port = endpoint.rsplit(":", 1)
        return opentelemetry(JaegerExporter(agent_host_name=host, agent_port=int(port)))
    if form == "jaeger-http":
        from opentelemetry.exporter.jaeger.thrift import JaegerExporter

        return opentelemetry(JaegerExporter(collector_endpoint=f"{endpoint}/api/traces?format=jaeger.thrift"))
    if form == "jaeger-grpc":
        from opentelemetry.exporter.jaeger.proto.grpc import JaegerExporter

        return opentelemetry(JaegerExporter(collector_endpoint=endpoint, insecure=True))
    raise SystemExit(f"unknown format {form}")


main()
