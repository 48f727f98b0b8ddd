"""A message that is given up, as an event of its own: who refused it, why, and what it was."""

from nats.aio.msg import Msg

from lector.bridge.jetstream import nats_cloudevents
from lector.bridge.jetstream_source.verdicts import Answer
from lector.contracts import DeliveryFailed, Failure
from lector.runtime import events


def dead_letter(
    function: str, message: Msg, answer: Answer, attempts: int
) -> nats_cloudevents.Message:
    """The lector.delivery.failed event about a message, on the subject `dead.` + its own.

    Its id follows from the message's place in its stream, so giving up twice writes one letter.
    """
    original = dict(message.headers or {})
    failed = DeliveryFailed(
        function=function,
        failure=Failure(code=answer.code, detail=answer.detail),
        attempts=attempts,
        headers=nats_cloudevents.to_request(original),
        body=message.data if len(message.data) <= nats_cloudevents.MAX_EVENT_BYTES else b"",
    )
    metadata = message.metadata
    cause = f"{metadata.stream} {metadata.sequence.stream} {function}"
    subject = original.get("ce-subject", "")
    known = subject if nats_cloudevents.is_subject(subject) else "unknown"
    letter = events.event(cause, known, failed, "jetstream-source")
    headers, body = events.to_http(letter)
    [sent] = nats_cloudevents.from_request(headers, body)
    return nats_cloudevents.Message(f"dead.{message.subject}", sent.headers, sent.body)
