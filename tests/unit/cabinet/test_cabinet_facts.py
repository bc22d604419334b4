"""What a person typed about himself, in one spelling; and the labels that tell the gateway nothing else."""

import pytest
from factories.portal import Portal

from okno.cabinet.accounts.services.facts import facts_read
from okno.cabinet.kit.outbox.labels import labels_of
from okno.cabinet.kit.problems import RefusalError
from okno.protocol.messages.customers import FactKind

NUMBER = "4000 0000 0000 0000 0042"


@pytest.mark.parametrize(
    ("fact", "typed", "spelt"),
    [
        ("birth-date", "05.11.1980", "1980-11-05"),
        ("birth-date", "5.11.1980", "1980-11-05"),
        ("birth-date", "5/11/1980", "1980-11-05"),
        ("birth-date", "05 11 1980", "1980-11-05"),
        ("birth-date", "05111980", "1980-11-05"),
        ("birth-date", "1980-11-05", "1980-11-05"),
        ("birth-date", "０５.１１.１９８０", "1980-11-05"),
        ("birth-date", "29.02.2000", "2000-02-29"),
        ("last-bill", "1234,50", "1234.50"),
        ("last-bill", "1 234,5 ₽", "1234.50"),
        ("last-bill", "1\u00a0234.50 руб.", "1234.50"),
        ("last-payment", "100", "100.00"),
        ("last-payment", "0,07 р", "0.07"),
        ("contract", "  100-200 042 ", "100-200 042"),
        ("contract", "Д-17/2024", "Д-17/2024"),
    ],
)
def test_facts_have_one_spelling(fact: FactKind, typed: str, spelt: str) -> None:
    read = facts_read(f"  {NUMBER}\t", fact, typed)
    assert (read.number, read.fact, read.value) == (NUMBER, fact, spelt)


@pytest.mark.parametrize(
    ("fact", "typed"),
    [
        *(("birth-date", text) for text in ("29.02.2001", "00.11.1980", "05.13.1980", "05.11.80", "вчера", "1980")),
        *(("last-bill", text) for text in ("-5", "1,234,50", "12.345", "1e3", "много", ",", "1 234,50 долл")),
        *(("contract", text) for text in ("", "  ", "a\u200bb", "x" * 201)),
    ],
)
def test_facts_that_cannot_be_read_are_refused(fact: FactKind, typed: str) -> None:
    with pytest.raises(RefusalError) as refused:
        facts_read(NUMBER, fact, typed)
    assert (refused.value.refusal.value, refused.value.members) == ("unreadable-fact", {"field": "value"})


def test_labels_are_keyed_hashes_of_a_day(portal: Portal) -> None:
    labels = labels_of("203.0.113.7", account=NUMBER)
    assert set(labels) == {"address", "network", "account"}
    assert labels == labels_of("203.0.113.7", account=NUMBER.replace(" ", "-"))
    near, far = labels_of("203.0.113.8"), labels_of("198.51.100.7")
    assert set(near) == {"address", "network"}
    assert near["network"] == labels["network"] != far["network"]
    assert near["address"] != labels["address"]
    assert all("203" not in label and NUMBER[:4] not in label for label in labels.values())
    assert portal.config.pepper not in str(labels)
