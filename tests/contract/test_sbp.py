"""Links of the faster payment system: public ones as vectors, and what may not be shown to anybody."""

from dataclasses import replace
from pathlib import Path

import pytest
from factories.payers import Bench, intent_new
from hypothesis import given
from hypothesis import strategies as st

from okno.cabinet.payments.providers.port import Intent, ProviderRefusal, Redirect, Started, Symbol
from okno.cabinet.payments.providers.sbp import provider as sbp
from okno.cabinet.payments.providers.sbp.client import Carrier
from okno.cabinet.payments.providers.sbp.messages import Link, LinkBroken, link
from okno.cabinet.payments.providers.sbp.signature import crc, intact
from okno.protocol.money.amount import Money
from okno.sandbox.payers import nspk

ORIGIN = "https://qr.nspk.ru"
PUBLIC = [
    ("/AS100001ORTF4GAF80KPJ53K186D9A3G?type=01&bank=100000000007", "0C8A"),
    ("/AD100004BAL7227F9BNP6KNE007J9B3K?type=02&bank=100000000007&sum=1&cur=RUB", "AB75"),
    ("/AD10001BJPGUR9P18FHR8H8QLFMLV8SH?type=02&bank=100000000111&sum=3&cur=RUB", "1ABE"),
    ("/AD10006269TNA0JH9378574UQ65OM04Q?type=02&bank=100000000015&sum=1000&cur=RUB", "AA34"),
]
STATIC = f"{ORIGIN}{PUBLIC[0][0]}&crc={PUBLIC[0][1]}"
DYNAMIC = f"{ORIGIN}{PUBLIC[3][0]}&crc={PUBLIC[3][1]}"


@pytest.mark.parametrize(("path", "shown"), [*PUBLIC, ("", "29B1")])
def test_public_checksums_are_ours_and_the_twins(path: str, shown: str) -> None:
    text = f"{ORIGIN}{path}" if path else "123456789"
    assert crc(text) == f"{nspk.crc(text.encode()):04X}" == shown
    assert intact(f"{text}&crc={shown}")
    assert not intact(f"{text}&crc={shown.lower()}") or shown.isdecimal()


def test_public_links_are_read() -> None:
    assert link(STATIC, [ORIGIN]) == Link(
        kind="static", id="AS100001ORTF4GAF80KPJ53K186D9A3G", bank="100000000007", amount=None
    )
    assert link(DYNAMIC, [ORIGIN]).amount == Money(10_00, "RUB")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("/AD1000?type=02&bank=100000000007&sum=1&cur=RUB", "shape"),
        ("/AD100004BAL7227F9BNP6KNE007J9B3K?type=02&bank=100000000007&sum=1.00&cur=RUB", "shape"),
        ("/AD100004BAL7227F9BNP6KNE007J9B3K?type=02&bank=100000000007&sum=0&cur=RUB", "shape"),
        ("/AD100004BAL7227F9BNP6KNE007J9B3K?type=02&bank=100000000007&sum=١&cur=RUB", "shape"),
        ("/AD100004BAL7227F9BNP6KNE007J9B3K?type=02&bank=100000000007&sum=1&cur=USD", "shape"),
        ("/AD100004BAL7227F9BNP6KNE007J9B3K?type=03&bank=100000000007", "shape"),
        ("/AD100004BAL7227F9BNP6KNE007J9B3K?type=01&bank=100000000007", "kind"),
        ("/AS100004BAL7227F9BNP6KNE007J9B3K?type=02&bank=100000000007&sum=1&cur=RUB", "kind"),
        ("/AD100004BAL7227F9BNP6KNE007J9B3K?type=02&bank=100000000007", "amount"),
    ],
)
def test_a_link_that_a_bank_would_refuse_is_not_shown(body: str, why: str) -> None:
    text = f"{ORIGIN}{body}"
    summed = f"{text}&crc={crc(text)}" if text.isascii() else f"{text}&crc=0000"
    with pytest.raises(LinkBroken, match=why):
        link(summed, [ORIGIN])


def test_a_link_to_elsewhere_is_not_shown() -> None:
    elsewhere = nspk.link("https://qr.nspk.example", b"1", 100)
    assert link(elsewhere, ["https://qr.nspk.example"]).amount == Money(1_00, "RUB")
    with pytest.raises(LinkBroken, match="origin"):
        link(elsewhere, [ORIGIN])


@given(place=st.integers(0, len(DYNAMIC) - 1), byte=st.integers(0, 255))
def test_any_other_byte_breaks_a_link(place: int, byte: int) -> None:
    changed = DYNAMIC[:place] + chr(byte) + DYNAMIC[place + 1 :]
    if changed == DYNAMIC:
        assert link(changed, [ORIGIN]).kind == "dynamic"
    else:
        with pytest.raises(LinkBroken):
            link(changed, [ORIGIN])


class _Codes:
    def __init__(self, go: Symbol | Redirect) -> None:
        self._go = go

    def start(self, intent: Intent) -> Started:
        return Started(go=self._go, provider_id=str(intent.number))


@pytest.mark.parametrize(
    ("go", "minor"),
    [
        (Symbol(STATIC), 10_00),
        (Symbol(DYNAMIC), 10_01),
        (Symbol(DYNAMIC[:-1] + "5"), 10_00),
        (Redirect("https://bank.example"), 10_00),
    ],
)
def test_a_link_for_something_else_is_not_shown(go: Symbol | Redirect, minor: int) -> None:
    with pytest.raises(ProviderRefusal) as refusal:
        Carrier(_Codes(go), [ORIGIN]).start(intent_new(amount=Money(minor, "RUB")))
    assert refusal.value.code == "link_wrong"
    assert Carrier(_Codes(Symbol(DYNAMIC)), [ORIGIN]).start(intent_new(amount=Money(10_00, "RUB"))).provider_id


def test_paper_has_a_static_code_or_none() -> None:
    assert sbp.paper_code(sbp.Settings()) is None
    assert sbp.paper_code(sbp.Settings(static_link=STATIC)) == Symbol(STATIC)
    made = nspk.static(ORIGIN, b"of one shop")
    assert sbp.paper_code(sbp.Settings(static_link=made)) == Symbol(made)
    with pytest.raises(LinkBroken, match="kind"):
        sbp.paper_code(sbp.Settings(static_link=DYNAMIC))


def test_an_acquirer_without_links_carries_nothing(tmp_path: Path) -> None:
    bench = Bench("yookassa", tmp_path)
    carried = sbp.provider(sbp.Settings(amount_max_minor=500_00), bench.provider)
    assert carried.limits.of == {"RUB": (10_00, 500_00)}
    with pytest.raises(ValueError, match="yookassa has no links"):
        sbp.provider(sbp.Settings(), replace(bench.provider, codes=None))
    bench.stop()
