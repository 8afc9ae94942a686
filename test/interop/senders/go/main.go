// senders <format> <endpoint> <service>: sends one trace of two spans, prints a line of JSON for each.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"os"
	"strings"

	ddtracer "github.com/DataDog/dd-trace-go/v2/ddtrace/tracer"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/jaeger"
	"go.opentelemetry.io/otel/exporters/zipkin"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

func tell(traceID, spanID, parent, name string) {
	line, err := json.Marshal(map[string]string{"traceId": traceID, "spanId": spanID, "parentSpanId": parent, "name": name})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line))
}

func openTelemetry(exporter sdktrace.SpanExporter, service string) {
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithSyncer(exporter),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", service))),
	)
	tracer := provider.Tracer("interop", trace.WithInstrumentationVersion("1.2.3"))
	ctx, root := tracer.Start(context.Background(), "checkout", trace.WithSpanKind(trace.SpanKindServer))
	_, child := tracer.Start(ctx, "charge", trace.WithSpanKind(trace.SpanKindClient))
	child.SetAttributes(attribute.String("text", "grüße ☂"))
	child.AddEvent("declined")
	child.SetStatus(codes.Error, "card declined")
	child.End()
	root.End()
	if err := provider.Shutdown(context.Background()); err != nil {
		log.Fatal(err)
	}
	at, below := root.SpanContext(), child.SpanContext()
	tell(at.TraceID().String(), at.SpanID().String(), "", "checkout")
	tell(below.TraceID().String(), below.SpanID().String(), at.SpanID().String(), "charge")
}

func datadog(endpoint, service string) {
	address := strings.TrimPrefix(endpoint, "http://")
	if err := ddtracer.Start(
		ddtracer.WithAgentAddr(address),
		ddtracer.WithService(service),
		ddtracer.WithLogStartup(false),
	); err != nil {
		log.Fatal(err)
	}
	root := ddtracer.StartSpan("checkout", ddtracer.ResourceName("checkout"), ddtracer.Tag("span.kind", "server"))
	child := root.StartChild("charge", ddtracer.ResourceName("charge"), ddtracer.Tag("span.kind", "client"))
	child.SetTag("text", "grüße ☂")
	child.SetTag("error", fmt.Errorf("card declined"))
	child.Finish()
	root.Finish()
	ddtracer.Stop()
	at, below := root.Context(), child.Context()
	tell(at.TraceID(), fmt.Sprintf("%016x", at.SpanID()), "", "checkout")
	tell(below.TraceID(), fmt.Sprintf("%016x", below.SpanID()), fmt.Sprintf("%016x", at.SpanID()), "charge")
}

func main() {
	form, endpoint, service := os.Args[1], os.Args[2], os.Args[3]
	var exporter sdktrace.SpanExporter
	var err error
	switch form {
	case "datadog":
		datadog(endpoint, service)
		return
	case "zipkin-json":
		exporter, err = zipkin.New(endpoint + "/api/v2/spans")
	case "jaeger-udp":
		host, port, splitErr := net.SplitHostPort(endpoint)
		if splitErr != nil {
			log.Fatal(splitErr)
		}
		exporter, err = jaeger.New(jaeger.WithAgentEndpoint(jaeger.WithAgentHost(host), jaeger.WithAgentPort(port)))
	case "jaeger-http":
		exporter, err = jaeger.New(jaeger.WithCollectorEndpoint(jaeger.WithEndpoint(endpoint + "/api/traces")))
	default:
		log.Fatalf("unknown format %s", form)
	}
	if err != nil {
		log.Fatal(err)
	}
	openTelemetry(exporter, service)
}
