"""okno bench slips: payment slips a second in one process, beside bare typst and beside WeasyPrint.

Three contenders print the same invented slips, one file each, in turns within each round. `okno` does all that the
product does: payload, symbol, the symbol read again and compared with the printed lines, PDF/A-2a. `typst` compiles the
same template with the same data made beforehand, the symbol included: it is what the drawing alone costs. `weasyprint`
lays the same lines out from HTML and CSS, its symbols made beforehand as well. Each page of ours is then read back.

    python bench/slips/run.py [--quick] [--json]
"""

from __future__ import annotations

import argparse
import html
import json
import os
import platform
import random
import statistics
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import weasyprint
from PIL import Image
from weasyprint.text.fonts import FontConfiguration

from okno.cabinet.documents.core.payees import Payee
from okno.cabinet.documents.core.slips import Slip, slip_of, slip_payload
from okno.cabinet.documents.press.printer import ACCESSIBLE, ARCHIVE, FONTS, compiler
from okno.cabinet.documents.press.rereading import pages_of, symbol_of
from okno.cabinet.documents.press.slips import TITLE, Drawn, drawn, slip_pdf
from okno.cabinet.documents.press.symbols import READ_PIXELS, matrix_of
from okno.protocol.messages import Profile

SEED = 7
AT = datetime(2026, 11, 5, 9, 4, tzinfo=UTC)
HERE = Path(__file__).parent
FULL, QUICK = (5, 100, 20), (3, 30, 5)
"""Rounds, slips a round, of these by WeasyPrint."""
PAYEE = Payee(
    name="ООО «Пример»",
    account="40702810600000000001",
    bank="АО «Банк для примера»",
    bic="040200999",
    correspondent_account="30101810500000000999",
    inn="0000123450",
    kpp="000001001",
)
LINES = (
    (("payee", "наименование получателя платежа"),),
    (("inn", "ИНН получателя"), ("kpp", "КПП"), ("account", "номер счёта получателя")),
    (("bank", "банк получателя"), ("bic", "БИК")),
    (("correspondent_account", "номер корреспондентского счёта банка получателя"),),
    (("purpose", "назначение платежа"),),
    (("number", "лицевой счёт плательщика"), ("period", "за период")),
    (("name", "фамилия, имя, отчество (название) плательщика"),),
    (("address", "адрес плательщика"),),
    (("roubles", "сумма платежа, руб."), ("kopecks", "коп.")),
)


def slips_invented(count: int) -> list[Slip]:
    """Slips of people who do not exist, the same ones each time."""
    chance = random.Random(SEED)
    found = []
    for number in range(count):
        payer = Profile(
            name=f"{chance.choice(('Голубева', 'Щукина', 'Ким'))} {chance.choice(('Анна Сергеевна', 'Ли Петровна'))}",
            number=f"40-{817_000 + number}",
            address=f"190000, Примерск, ул. Садовая, д. {chance.randint(1, 99)}, кв. {chance.randint(1, 400)}",
        )
        purpose = "Оплата услуг связи. НДС не облагается"
        found.append(slip_of(PAYEE, purpose, payer, chance.randint(100, 9_999_999), "октябрь 2026"))
    return found


def timed(work: Callable[[Any], bytes], items: Sequence[Any]) -> tuple[float, list[bytes]]:
    """Documents a second, and the documents."""
    begun = time.perf_counter()
    made = [work(item) for item in items]
    return len(items) / (time.perf_counter() - begun), made


def bare_typst() -> Callable[[str], bytes]:
    """The compiler of the template, and nothing of ours around it."""
    held = compiler("slip")

    def compile_one(data: str) -> bytes:
        made = held.compile(
            format="pdf",
            sys_inputs={"data": data},
            pdf_standards=[ARCHIVE, ACCESSIBLE],
            timestamp=int(AT.timestamp()),
        )
        assert isinstance(made, bytes)
        return made

    return compile_one


def picture_of(slip: Slip) -> bytes:
    """The symbol as a PNG of a pixel a module: WeasyPrint takes several times as long over a drawing of paths."""
    matrix = matrix_of(slip_payload(slip))
    out, wide = BytesIO(), matrix.side * READ_PIXELS
    picture = Image.frombuffer("L", (wide, wide), matrix.pixels().tobytes())
    picture.resize((matrix.side, matrix.side)).convert("1").save(out, "png")
    return out.getvalue()


def page_html(one: Drawn, picture: bytes) -> str:
    """The same lines for WeasyPrint."""
    rows = []
    for line in LINES:
        cells = [
            f'<div><div class="value">{html.escape(getattr(one.slip, field))}</div><small>{caption}</small></div>'
            for field, caption in line
        ]
        rows.append(f'<div class="row">{"".join(cells)}</div>')
    image = f'<img alt="Код для оплаты" src="data:image/png;base64,{b64encode(picture).decode()}">'
    half = f'<div class="half"><div><b>Извещение</b>{image}</div><div>{"".join(rows)}</div></div>'
    template = (HERE / "slip.html").read_text(encoding="utf-8")
    return template.format(title=f"{TITLE} {one.slip.number}", fonts=FONTS.as_uri(), half=half)


def weasy() -> Callable[[str], bytes]:
    """WeasyPrint with its fonts kept between documents."""
    fonts = FontConfiguration()
    return lambda page: bytes(weasyprint.HTML(string=page).write_pdf(font_config=fonts))


def measure(rounds: int, each: int, by_weasy: int) -> dict[str, list[float]]:
    slips = slips_invented(each)
    ready = [drawn(slip) for slip in slips]
    data = [msgspec.json.encode({"title": f"{TITLE} {one.slip.number}", "slips": [one]}).decode() for one in ready]
    pages = [page_html(one, picture_of(slip)) for one, slip in zip(ready[:by_weasy], slips, strict=False)]
    typst_one, weasy_one = bare_typst(), weasy()
    found: dict[str, list[float]] = {"okno": [], "typst": [], "weasyprint": []}
    for number in range(rounds + 1):
        # What is timed first in a round is another one each time; the round before all only warms up.
        turns: list[tuple[str, Callable[[Any], bytes], Sequence[Any]]] = [
            ("okno", lambda slip: slip_pdf(slip, AT), slips),
            ("typst", typst_one, data),
            ("weasyprint", weasy_one, pages),
        ]
        made: dict[str, list[bytes]] = {}
        for name, work, items in turns[number % 2 :] + turns[: number % 2]:
            rate, made[name] = timed(work, items)
            if number:
                found[name].append(rate)
        verify(slips, made)
        print(f"round {number}: " + ", ".join(f"{n} {r[-1]:.0f}/s" for n, r in found.items() if r), file=sys.stderr)
    return found


def verify(slips: Sequence[Slip], made: dict[str, list[bytes]]) -> None:
    """Ours are what bare typst prints; every symbol, WeasyPrint's too, is read from the drawn page."""
    if made["okno"] != made["typst"]:
        raise SystemExit("wrong: typst prints other bytes")
    for name in ("okno", "weasyprint"):
        for slip, pdf in zip(slips, made[name], strict=False):
            if pages_of(pdf) != 1 or symbol_of(pdf) != slip_payload(slip):
                raise SystemExit(f"wrong: {name} has printed something else for {slip.number}")


def result(found: dict[str, list[float]], each: int, by_weasy: int, load: tuple[float, ...]) -> dict[str, Any]:
    rates = {name: {"per_s": round(statistics.median(found[name]), 1)} for name in found}
    return {
        "bench": "slips",
        "okno": rates["okno"],
        "limit": rates["typst"],
        "peers": {"weasyprint": rates["weasyprint"]},
        "ratios": {
            name: round(statistics.median(a / b for a, b in zip(found["okno"], found[name], strict=True)), 3)
            for name in ("typst", "weasyprint")
        },
        "conditions": {
            "rounds": len(found["okno"]),
            "slips": each,
            "by_weasyprint": by_weasy,
            "processors": os.cpu_count(),
            "load_before": [round(value, 2) for value in load],
            "load_after": [round(value, 2) for value in os.getloadavg()],
            "python": platform.python_version(),
            "weasyprint": weasyprint.__version__,
            "unit": "documents per second, one process",
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    rounds, each, by_weasy = QUICK if parser.parse_args().quick else FULL
    load = os.getloadavg()
    found = measure(rounds, each, by_weasy)
    json.dump(result(found, each, by_weasy, load), sys.stdout)


if __name__ == "__main__":
    main()
