"""Bank statements as three kinds of banks write them: writers of their own, to hold the readers against."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from okno.cabinet.reconciliation.core.statements.model import Line, Statement


def decimal(minor: int, point: str = ".") -> str:
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}{point}{abs(minor) % 100:02d}"


def written_1c(statements: Sequence[Statement], *, encoding: str = "cp1251", end: str = "\r\n") -> bytes:
    told = {"cp1251": "Windows", "cp866": "DOS", "utf-8": "UTF-8"}[encoding]
    lines = ["1CClientBankExchange", "ВерсияФормата=1.03", f"Кодировка={told}", "Отправитель=Вымышленный банк"]
    for one in statements:
        lines += [f"РасчСчет={one.account}"]
    for one in statements:
        lines += [
            *("СекцияРасчСчет", f"ДатаНачала={one.since:%d.%m.%Y}", f"ДатаКонца={one.until:%d.%m.%Y}"),
            *(f"РасчСчет={one.account}", f"НачальныйОстаток={decimal(one.opening)}"),
            *(f"ВсегоПоступило={decimal(one.received)}", f"ВсегоСписано={decimal(one.spent)}"),
            *(f"КонечныйОстаток={decimal(one.closing)}", "КонецРасчСчет"),
        ]
    for one in statements:
        for line in one.lines:
            lines += ["СекцияДокумент=Платежное поручение", *_document(one, line), "КонецДокумента"]
    return (end.join([*lines, "КонецФайла"]) + end).encode(encoding)


def _document(statement: Statement, line: Line) -> list[str]:
    incoming = line.direction == "in"
    payer = line.payer_account if incoming else statement.account
    return [
        *(f"Номер={line.reference}", f"Дата={line.day:%d.%m.%Y}", f"Сумма={decimal(line.minor)}"),
        *(f"ПлательщикСчет={payer}", f"Плательщик1={line.payer}", f"ПлательщикИНН={line.payer_inn}"),
        f"ПолучательСчет={statement.account if incoming else '40702810000000000009'}",
        f"{'ДатаПоступило' if incoming else 'ДатаСписано'}={line.day:%d.%m.%Y}",
        f"НазначениеПлатежа={line.purpose}",
    ]


def written_mt940(statements: Sequence[Statement]) -> bytes:
    lines: list[str] = []
    for number, one in enumerate(statements, 1):
        lines += [":20:OKNO", f":25:{one.account}", f":28C:{number}/1"]
        lines.append(
            f":60F:{_balance(one.opening, one)}{one.since:%y%m%d}{one.currency}{decimal(abs(one.opening), ',')}"
        )
        for line in one.lines:
            side = "C" if line.direction == "in" else "D"
            lines.append(f":61:{line.day:%y%m%d%m%d}{side}{decimal(line.minor, ',')}NTRFNONREF//{line.reference}")
            lines.append(f":86:?20{line.purpose}?31{line.payer_account}?32{line.payer}")
        lines.append(
            f":62F:{_balance(one.closing, one)}{one.until:%y%m%d}{one.currency}{decimal(abs(one.closing), ',')}"
        )
        lines.append("-")
    return ("\r\n".join(lines) + "\r\n").encode()


def _balance(minor: int, _statement: Statement) -> str:
    return "D" if minor < 0 else "C"


def written_camt(statements: Sequence[Statement], *, version: str = "08") -> bytes:
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>',
        "<GrpHdr><MsgId>OKNO-1</MsgId><CreDtTm>2026-11-26T06:00:00</CreDtTm></GrpHdr>",
    ]
    for number, one in enumerate(statements, 1):
        lines += [
            f"<Stmt><Id>{number}</Id><FrToDt><FrDtTm>{one.since}T00:00:00</FrDtTm><ToDtTm>{one.until}T23:59:59</ToDtTm></FrToDt>",
            f"<Acct><Id><Othr><Id>{one.account}</Id></Othr></Id></Acct>",
            _camt_balance("OPBD", one.opening, one.currency, str(one.since)),
            _camt_balance("CLBD", one.closing, one.currency, str(one.until)),
            *(_camt_entry(line, one.currency) for line in one.lines),
            "</Stmt>",
        ]
    return "\n".join([*lines, "</BkToCstmrStmt></Document>", ""]).encode()


def _camt_balance(code: str, minor: int, currency: str, day: str) -> str:
    side = "DBIT" if minor < 0 else "CRDT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='{currency}'>{decimal(abs(minor))}</Amt>"
        f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _camt_entry(line: Line, currency: str) -> str:
    side = "CRDT" if line.direction == "in" else "DBIT"
    return (
        f"<Ntry><Amt Ccy='{currency}'>{decimal(line.minor)}</Amt><CdtDbtInd>{side}</CdtDbtInd>"
        f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{line.day}</Dt></BookgDt>"
        f"<NtryDtls><TxDtls><Refs><AcctSvcrRef>{escape(line.reference)}</AcctSvcrRef></Refs>"
        f"<RltdPties><Dbtr><Pty><Nm>{escape(line.payer)}</Nm><Id><OrgId><Othr><Id>{line.payer_inn}</Id></Othr></OrgId>"
        f"</Id></Pty></Dbtr><DbtrAcct><Id><Othr><Id>{line.payer_account}</Id></Othr></Id></DbtrAcct></RltdPties>"
        f"<RmtInf><Ustrd>{escape(line.purpose)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )
