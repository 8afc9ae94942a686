// Command interop sends spans with the real OpenTelemetry SDK and prints what it sent, a JSON object a line.
//
//	usage: interop <http|grpc> <host:port> <none|gzip> <number of traces>
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// reporter prints a span when it ends, as the SDK recorded it.
type reporter struct{ mutex sync.Mutex }

func (r *reporter) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (r *reporter) Shutdown(context.Context) error                  { return nil }
func (r *reporter) ForceFlush(context.Context) error                { return nil }

func (r *reporter) OnEnd(span sdktrace.ReadOnlySpan) {
	parent := ""
	if span.Parent().HasSpanID() {
		parent = span.Parent().SpanID().String()
	}
	events := [][]string{}
	for _, event := range span.Events() {
		events = append(events, []string{event.Name, strconv.FormatInt(event.Time.UnixNano(), 10)})
	}
	line, err := json.Marshal(map[string]any{
		"traceId":      span.SpanContext().TraceID().String(),
		"spanId":       span.SpanContext().SpanID().String(),
		"parentSpanId": parent,
		"name":         span.Name(),
		"start":        strconv.FormatInt(span.StartTime().UnixNano(), 10),
		"end":          strconv.FormatInt(span.EndTime().UnixNano(), 10),
		"events":       events,
	})
	if err != nil {
		log.Fatal(err)
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	fmt.Println(string(line))
}

func newExporter(ctx context.Context, protocol, endpoint, compression string) (sdktrace.SpanExporter, error) {
	if protocol == "grpc" {
		options := []otlptracegrpc.Option{otlptracegrpc.WithEndpoint(endpoint), otlptracegrpc.WithInsecure()}
		if compression == "gzip" {
			options = append(options, otlptracegrpc.WithCompressor("gzip"))
		}
		return otlptracegrpc.New(ctx, options...)
	}
	options := []otlptracehttp.Option{otlptracehttp.WithEndpoint(endpoint), otlptracehttp.WithInsecure()}
	if compression == "gzip" {
		options = append(options, otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
	}
	return otlptracehttp.New(ctx, options...)
}

func main() {
	protocol, endpoint, compression := os.Args[1], os.Args[2], os.Args[3]
	count, err := strconv.Atoi(os.Args[4])
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	exporter, err := newExporter(ctx, protocol, endpoint, compression)
	if err != nil {
		log.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter, sdktrace.WithMaxQueueSize(100_000)),
		sdktrace.WithSpanProcessor(&reporter{}),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "interop-go-"+protocol+"-"+compression))),
	)
	tracer := provider.Tracer("interop", trace.WithInstrumentationVersion("1.2.3"))
	for number := range count {
		ctx, root := tracer.Start(ctx, "checkout", trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
			attribute.String("text", "grüße ☂"), attribute.Int64("large", 1<<53+1), attribute.Float64("ratio", 0.1),
			attribute.Bool("yes", true), attribute.StringSlice("list", []string{"a", "b"}),
			attribute.Int64Slice("numbers", []int64{1, -2}), attribute.Int("number", number)))
		link := trace.Link{SpanContext: root.SpanContext(), Attributes: []attribute.KeyValue{attribute.String("why", "retry")}}
		_, child := tracer.Start(ctx, "charge", trace.WithSpanKind(trace.SpanKindClient), trace.WithLinks(link))
		child.AddEvent("declined", trace.WithAttributes(attribute.Int("code", 51)))
		child.SetStatus(codes.Error, "card declined")
		child.End()
		root.End()
	}
	if err := provider.Shutdown(ctx); err != nil {
		log.Fatal(err)
	}
}
