"""Traces with OpenTelemetry: an event that comes with a trace goes on with it, through to its effects.

Only where the setting `traces` asks for it is anything of this loaded. A record that carries `traceparent`
gets a span from when its run began until the run was committed, and its effects carry that span's context.
Nothing else makes spans, so senders decide what is traced, and how much of it.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from agents.errors import UserError
from agents.settings import WorkerSettings
from agents.work import Record, Work
from topics.catalogue import Role
from topics.tracing import carried, dressed

Ends = Callable[[], None]
CLOSE_MS = 5_000


def traces_of(settings: WorkerSettings) -> "Traces | None":
    """The traces of a worker, None where they are off. Raises UserError without OpenTelemetry."""
    if settings.traces == "off":
        return None
    try:
        return Traces(settings)
    except ModuleNotFoundError as error:
        raise UserError(f"traces {settings.traces} needs {error.name}: install tierline[otel].", 2) from None


class Traces:
    """Spans of one worker, sent by OTLP over HTTP to where OTEL_EXPORTER_OTLP_ENDPOINT says."""

    def __init__(self, settings: WorkerSettings) -> None:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        named = {"service.name": settings.app_id, "service.instance.id": settings.instance_id}
        self.provider = TracerProvider(resource=Resource.create({k: v for k, v in named.items() if v}))
        self.provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self.tracer = self.provider.get_tracer("tierline")
        self.propagator = TraceContextTextMapPropagator()
        self.consumer, self.in_span = trace.SpanKind.CONSUMER, trace.set_span_in_context
        self.group = settings.app_id
        catalogue = settings.catalogue
        # A dead letter and a record sent on have the headers they came with; those are part of what they are.
        self.as_they_came = {*catalogue.inputs, catalogue.name(Role.DEAD_LETTERS)}

    def begin(self, work: Work, records: Sequence[Record], began_ns: int) -> Ends:
        """Opens spans of a run's traced records, and has effects carry them; gives what ends the spans."""
        spans: dict[int, Any] = {}
        for at, record in enumerate(records):
            if record.headers and (trace := carried(record.headers)) is not None:
                spans[at] = self._span(record, trace, began_ns)
        if spans:
            contexts = {at: self._context(span) for at, span in spans.items()}
            for at, origin in enumerate(work.origins):
                topic, partition, body, timestamp = work.outputs[at]
                if origin in contexts and topic not in self.as_they_came:
                    work.outputs[at] = topic, partition, dressed(body, contexts[origin]), timestamp

        def ends() -> None:
            now_ns = time.time_ns()
            for span in spans.values():
                span.end(now_ns)

        return ends

    def _span(self, record: Record, trace: dict[str, str], began_ns: int) -> Any:
        told = {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.operation.name": "process",
            "messaging.destination.name": record.topic,
            "messaging.destination.partition.id": str(record.partition),
            "messaging.kafka.offset": record.offset,
            "messaging.consumer.group.name": self.group,
        }
        return self.tracer.start_span(
            f"process {record.topic}",
            self.propagator.extract(trace),
            self.consumer,
            told,
            start_time=began_ns,
        )

    def _context(self, span: Any) -> dict[str, str]:
        """The span as W3C's headers."""
        told: dict[str, str] = {}
        self.propagator.inject(told, self.in_span(span))
        return told

    def close(self) -> None:
        """Sends what is not sent yet, for a few seconds at most."""
        self.provider.force_flush(CLOSE_MS)
        self.provider.shutdown()
