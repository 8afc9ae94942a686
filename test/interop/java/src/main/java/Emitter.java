import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Sends spans with the real OpenTelemetry SDK and prints what it sent, a JSON object a line.
 *
 * <p>usage: Emitter (http|grpc) endpoint (none|gzip) number-of-traces
 */
public final class Emitter {
  /** Prints a span when it ends, as the SDK recorded it. */
  private static final class Reporter implements SpanProcessor {
    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    @Override
    public void onStart(Context parent, ReadWriteSpan span) {}

    @Override
    public boolean isStartRequired() {
      return false;
    }

    @Override
    public void onEnd(ReadableSpan readable) {
      SpanData span = readable.toSpanData();
      String parent = span.getParentSpanContext().isValid() ? span.getParentSpanId() : "";
      String events =
          span.getEvents().stream()
              .map(event -> "[\"" + event.getName() + "\",\"" + event.getEpochNanos() + "\"]")
              .collect(Collectors.joining(","));
      out.println(
          "{\"traceId\":\"" + span.getTraceId() + "\",\"spanId\":\"" + span.getSpanId()
              + "\",\"parentSpanId\":\"" + parent + "\",\"name\":\"" + span.getName()
              + "\",\"start\":\"" + span.getStartEpochNanos() + "\",\"end\":\"" + span.getEndEpochNanos()
              + "\",\"events\":[" + events + "]}");
    }

    @Override
    public boolean isEndRequired() {
      return true;
    }
  }

  private static SpanExporter exporter(String protocol, String endpoint, String compression) {
    return protocol.equals("grpc")
        ? OtlpGrpcSpanExporter.builder().setEndpoint(endpoint).setCompression(compression).build()
        : OtlpHttpSpanExporter.builder().setEndpoint(endpoint + "/v1/traces").setCompression(compression).build();
  }

  public static void main(String[] args) {
    int count = Integer.parseInt(args[3]);
    BatchSpanProcessor batch =
        BatchSpanProcessor.builder(exporter(args[0], args[1], args[2])).setMaxQueueSize(100_000).build();
    SdkTracerProvider provider =
        SdkTracerProvider.builder()
            .addSpanProcessor(batch)
            .addSpanProcessor(new Reporter())
            .setResource(
                Resource.create(
                    Attributes.of(
                        AttributeKey.stringKey("service.name"), "interop-java-" + args[0] + "-" + args[2])))
            .build();
    Tracer tracer = provider.tracerBuilder("interop").setInstrumentationVersion("1.2.3").build();
    for (int number = 0; number < count; number++) {
      Span root =
          tracer.spanBuilder("checkout").setSpanKind(SpanKind.SERVER)
              .setAttribute("text", "grüße ☂").setAttribute("large", (1L << 53) + 1)
              .setAttribute("ratio", 0.1).setAttribute("yes", true)
              .setAttribute(AttributeKey.stringArrayKey("list"), List.of("a", "b"))
              .setAttribute(AttributeKey.longArrayKey("numbers"), List.of(1L, -2L))
              .setAttribute("number", number).startSpan();
      try (Scope ignored = root.makeCurrent()) {
        Span child =
            tracer.spanBuilder("charge").setSpanKind(SpanKind.CLIENT)
                .addLink(root.getSpanContext(), Attributes.of(AttributeKey.stringKey("why"), "retry")).startSpan();
        child.addEvent("declined", Attributes.of(AttributeKey.longKey("code"), 51L));
        child.setStatus(StatusCode.ERROR, "card declined");
        child.end();
      } finally {
        root.end();
      }
    }
    provider.shutdown().join(30, TimeUnit.SECONDS);
  }
}
