"""Codes of an authenticator, by the vectors of RFC 6238 (appendix B, SHA-1, the last six of eight digits)."""

import pytest

from okno.cabinet.desk.core.codes import STEP_S, code_at, step_of

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(second: int, code: str) -> None:
    step = second // STEP_S
    assert code_at(SECRET, step) == code
    assert code_at(SECRET, step - 1) != code
    assert [step_of(SECRET, code, now) for now in (step + 1, step)] == [step] * 2
    assert [step_of(SECRET, code, now) for now in (step + 2, step + 3)] == [None, None]
