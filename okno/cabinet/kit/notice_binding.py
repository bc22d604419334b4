"""What the sealed parts of a notice are bound to, for who seals them (web, worker) and who opens them (sender).

A phone is sealed once, when it becomes known, and copied into each message, an e-mail address with its letter; the text
belongs to one message.
What the inside seals for the sender stands in one part {"phone", "text"}, bound to the question that it answers.

No Django here: the sender runs without it.
"""

from okno.cabinet.kit.outbox.handed import IDENTIFY

PARTY = "sender"
TO_SUBJECT = "notice"
TO_TYPE = "okno.notice.to"
BODY_TYPE = "okno.notice.body"
WHOLE_TYPE = IDENTIFY


def body_subject(message_id: str) -> str:
    """The text can be opened only in the message it was written for."""
    return f"notice:{message_id}"
