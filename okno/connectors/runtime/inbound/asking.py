"""What answers a query. Most need its data alone; those about people look at the envelope and the grant as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from okno.connectors.runtime.inbound.questions import Question
from okno.protocol.messages import Message
from okno.protocol.pen import Received

Answering = Callable[[Received], Message]


def by_data(questions: Mapping[str, Question]) -> dict[str, Answering]:
    """Questions of the data alone, as they are asked."""
    return {type_: _of_data(question) for type_, question in questions.items()}


def _of_data(question: Question) -> Answering:
    def answer(asked: Received) -> Message:
        assert isinstance(asked.data, Message)  # every query's data is one
        return question(asked.data)

    return answer
