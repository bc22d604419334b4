"""What the sealed parts of a notice are bound to, for who seals them (web, worker) and who opens them (sender).

The address is sealed once, when the phone becomes known, and copied into each message; the text belongs to one message.
No Django here: the sender runs without it.
"""

PARTY = "sender"
TO_SUBJECT = "notice"
TO_TYPE = "okno.notice.to"
BODY_TYPE = "okno.notice.body"


def body_subject(message_id: str) -> str:
    """The text can be opened only in the message it was written for."""
    return f"notice:{message_id}"
