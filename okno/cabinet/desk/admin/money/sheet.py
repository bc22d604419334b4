"""What stands on a payment's page, in staff's words: sections of rows, each with what may be done about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User

from okno.cabinet.accounts.models import Account
from okno.cabinet.desk.admin.figures import moment_text, money
from okno.cabinet.desk.admin.money.words import BOOKS, FAILURES, STATES
from okno.cabinet.desk.admin.ways import PROVIDERS, WAYS
from okno.cabinet.desk.services import DATABASE
from okno.cabinet.desk.services.accounts import accounts_beside
from okno.cabinet.kit.statements import rows
from okno.cabinet.payments.models import Attempt, Chargeback, Entry, Move, Payment, Posting, Refund, Unposting
from okno.cabinet.payments.services.deciding import takeable
from okno.cabinet.payments.states import CHARGEBACK, may
from okno.protocol.money.amount import Money

LEFT = "SELECT id, payments_posting_left(id) FROM payments_posting WHERE id = ANY(%s::uuid[]) AND state <> 'moved'"
PURSE_ACTS = frozenset({"refund-ask", "move-ask", "case-enter"})
PROCESSES = {"process": "Окно", "provider": "кабинет платёжной системы"}


@dataclass(frozen=True)
class Act:
    """A button: what is done about the row `id`. `why`: a reason is typed beside it."""

    act: str
    id: UUID
    word: str
    why: bool = False


@dataclass(frozen=True)
class Row:
    cells: tuple[str, ...]
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True)
class Section:
    title: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def lines(self) -> tuple[tuple[tuple[tuple[str, str], ...], tuple[Act, ...]], ...]:
        """Each row's cells with the words above them, which stand beside them on a phone, and its acts."""
        return tuple((tuple(zip(self.heads, row.cells, strict=True)), row.acts) for row in self.rows)


@dataclass(frozen=True)
class Source:
    """A posting that something is left of."""

    posting: UUID
    account: UUID
    title: str
    left: str


@dataclass(frozen=True)
class Purse:
    """A paid attempt that something is left of: `amount` is what a form proposes to give back."""

    attempt: UUID
    title: str
    left: str
    amount: str
    sources: tuple[Source, ...]
    beside: tuple[tuple[str, str], ...] = ()
    """The same customer's other accounts, which its money may be moved to: (id, what stands in the list)."""


@dataclass(frozen=True)
class Sheet:
    title: str
    head: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    purses: tuple[Purse, ...]
    asks: frozenset[str]
    """Of what may be done with a purse: the forms that whoever looks has a right to."""


class Reading:
    """The rows of one payment, read once. `staff` is who looks: what he asked for himself he does not approve.

    `acts`: those that he has a right to.
    """

    def __init__(self, payment: Payment, staff: int, acts: frozenset[str]) -> None:
        self.payment = payment
        self.acts = acts
        self.me = f"staff:{staff}"
        of_attempt = {"attempt__payment_id": payment.id}
        self.attempts = list(Attempt.objects.using(DATABASE).filter(payment_id=payment.id).order_by("number"))
        self.postings = list(Posting.objects.using(DATABASE).filter(**of_attempt).order_by("id"))
        self.refunds = list(Refund.objects.using(DATABASE).filter(**of_attempt).order_by("created_at"))
        self.chargebacks = list(Chargeback.objects.using(DATABASE).filter(**of_attempt).order_by("created_at"))
        self.moves = list(
            Move.objects.using(DATABASE).filter(posting__attempt__payment_id=payment.id).order_by("created_at")
        )
        self.parts = list(
            Unposting.objects.using(DATABASE).filter(posting__attempt__payment_id=payment.id).order_by("id")
        )
        self.entries = list(Entry.objects.using(DATABASE).filter(payment_id=payment.id).order_by("at"))
        self._titles = self._accounts()
        self._people = {f"staff:{pk}": name for pk, name in User.objects.values_list("pk", "username")}
        found = rows(LEFT, [[str(posting.id) for posting in self.postings]], using=DATABASE)
        self.left = {posting: int(left) for posting, left in found}

    def _accounts(self) -> dict[UUID, str]:
        ids = {*(one.account_id for one in self.postings), *(one.account_id for one in self.moves)}
        found = Account.objects.using(DATABASE).filter(id__in=ids).values_list("id", "system_id", "tail")
        return {account: f"··· {tail} ({system})" for account, system, tail in found}

    def money(self, minor: int) -> str:
        return money(minor, self.payment.currency)

    def account(self, account: UUID) -> str:
        return self._titles.get(account, str(account))

    def person(self, who: str | None) -> str:
        if who is None:
            return "—"
        return self._people.get(who) or PROCESSES.get(who.partition(":")[0], who)

    def permitted(self, *acts: Act) -> tuple[Act, ...]:
        return tuple(act for act in acts if act.act in self.acts)

    def again(self, kind: str, one: Posting | Unposting, *asked_by: str) -> tuple[Act, ...]:
        """What the books refused may be sent once more, by whoever has not asked for it."""
        if one.state != "rejected" or one.again or self.me in asked_by:
            return ()
        return self.permitted(Act(f"{kind}-again", one.id, "Отправить ещё раз", why=True))

    def refused(self, cause: str, id_: UUID, asked_by: str) -> tuple[Act, ...]:
        """The same for every account that money goes from."""
        of_it = (part for part in self.parts if getattr(part, cause) == id_)
        return tuple(act for part in of_it for act in self.again("unposting", part, asked_by))

    def booked(self, kind: str, one: Posting | Unposting) -> str:
        """How far the books are, why they refuse, and who sent what they had refused."""
        state = STATES[kind][one.state]
        if one.state == "rejected" and one.refusal:
            state = f"{state}: {BOOKS.get(one.refusal, one.refusal)}"
        if not one.again_by:
            return state
        word = "отправляем ещё раз" if one.again else "отправлено ещё раз"
        return f"{state}, {word}: {self.person(one.again_by)}, {one.again_reason}"

    def divided(self, cause: str, id_: UUID) -> str:
        """Which account which part is taken from, and how far the books are."""
        accounts = {posting.id: posting.account_id for posting in self.postings}
        return "; ".join(
            f"{self.account(accounts[part.posting_id])}: {self.money(part.amount)}, {self.booked('unposting', part)}"
            for part in self.parts
            if getattr(part, cause) == id_
        )


def sheet_of(payment: Payment, staff: int, acts: frozenset[str]) -> Sheet:
    """Everything about a payment, as staff reads it, with what this one may do about it."""
    reading = Reading(payment, staff, acts)
    money = reading.money
    head = (
        ("Состояние", STATES["payment"][payment.state]),
        ("Сумма", money(payment.amount)),
        ("Способ", WAYS.get(payment.method, payment.method)),
        ("Начат", moment_text(payment.created_at)),
        ("Деньги получены", moment_text(payment.confirmed_at)),
        ("Записан в учёте", moment_text(payment.posted_at)),
        ("Получено", money(payment.captured)),
        ("Возвращено", money(payment.refunded)),
        ("Забрал банк", money(payment.reversed)),
    )
    sections = (_attempts(reading), _postings(reading), *_backwards(reading), _ledger(reading))
    asks = acts & PURSE_ACTS
    purses = _purses(reading) if asks else ()
    return Sheet(f"Платёж № {payment.number}", head, tuple(one for one in sections if one.rows), purses, asks)


def _attempts(reading: Reading) -> Section:
    heads = ("№", "Платёжная система", "Состояние", "Причина", "Номер у неё", "Начата", "Оплачена")
    found = tuple(
        Row(
            (
                *(
                    str(one.number),
                    PROVIDERS.get(one.provider, one.provider),
                    _attempt_state(reading, one),
                    one.reason or "—",
                ),
                *(one.provider_id or "—", moment_text(one.created_at), moment_text(one.paid_at)),
            ),
            _attempt_acts(reading, one),
        )
        for one in reading.attempts
    )
    return Section("Попытки оплаты", heads, found)


def _postings(reading: Reading) -> Section:
    heads = ("Счёт", "Сумма", "Состояние", "Осталось", "Операция в учёте", "Записано")
    found = tuple(
        Row(
            (
                *(reading.account(one.account_id), reading.money(one.amount), reading.booked("posting", one)),
                *(reading.money(reading.left.get(one.id, 0)), one.operation or "—", moment_text(one.posted_at)),
            ),
            reading.again("posting", one),
        )
        for one in reading.postings
    )
    return Section("Записи в учёте", heads, found)


def _backwards(reading: Reading) -> Iterable[Section]:
    heads = ("Сумма", "Состояние", "Причина", "Просит", "Решил", "Когда", "С каких счетов")
    refunds = tuple(
        Row(
            (
                *(reading.money(one.amount), _refund_state(one), one.reason or "—", reading.person(one.asked_by)),
                *(reading.person(one.decided_by), moment_text(one.done_at or one.created_at)),
                reading.divided("refund_id", one.id),
            ),
            (*_refund_acts(reading, one), *reading.refused("refund_id", one.id, one.asked_by)),
        )
        for one in reading.refunds
    )
    yield Section("Возвраты", heads, refunds)
    heads = ("Сумма", "Состояние", "Номер", "Причина", "Открыт", "Ответить до", "С каких счетов")
    cases = tuple(
        Row(
            (
                *(reading.money(one.amount), STATES["chargeback"][one.state], one.reference, one.reason),
                *(moment_text(one.opened_at), moment_text(one.respond_by)),
                reading.divided("chargeback_id", one.id),
            ),
            (*_case_acts(reading, one), *reading.refused("chargeback_id", one.id, one.entered_by)),
        )
        for one in reading.chargebacks
    )
    yield Section("Споры с банком", heads, cases)
    heads = ("Сумма", "Состояние", "На счёт", "Причина", "Просит", "Решил", "Со счёта")
    moves = tuple(
        Row(
            (
                *(reading.money(one.amount), _with_failure("move", one.state, one.failure)),
                *(reading.account(one.account_id), one.reason, reading.person(one.asked_by)),
                *(reading.person(one.decided_by), reading.divided("move_id", one.id)),
            ),
            (*_move_acts(reading, one), *reading.refused("move_id", one.id, one.asked_by)),
        )
        for one in reading.moves
    )
    yield Section("Переносы на другой счёт", heads, moves)


def _ledger(reading: Reading) -> Section:
    found = tuple(
        Row((moment_text(one.at), STATES["entry"][one.kind], reading.money(one.amount))) for one in reading.entries
    )
    return Section("Движение денег", ("Когда", "Что", "Сумма"), found)


def _refund_state(refund: Refund) -> str:
    state = _with_failure("refund", refund.state, refund.failure)
    return f"{state}, вручную" if refund.by_hand else state


def _with_failure(kind: str, state: str, failure: str) -> str:
    word = STATES[kind][state]
    return f"{word}: {FAILURES.get(failure, failure)}" if failure else word


def _attempt_state(reading: Reading, attempt: Attempt) -> str:
    """With the money that came, where it is not what was asked for, and who has decided about it."""
    state = STATES["attempt"][attempt.state]
    if attempt.state != "mismatch":
        return state
    came = "" if attempt.came is None else f": {money(attempt.came, attempt.came_currency)}"
    decided = f", решил {reading.person(attempt.decided_by)}" if attempt.decision else ""
    return f"{state}{came}{decided}"


def _attempt_acts(reading: Reading, attempt: Attempt) -> tuple[Act, ...]:
    if attempt.state != "mismatch" or attempt.decision:
        return ()
    take, leave = Act("money-take", attempt.id, "Зачислить как есть"), Act("money-leave", attempt.id, "Не зачислять")
    return reading.permitted(take, leave) if takeable(attempt, reading.payment.currency) else reading.permitted(leave)


def _refund_acts(reading: Reading, refund: Refund) -> tuple[Act, ...]:
    if refund.state == "manual" and not refund.by_hand:
        went, stayed = Act("refund-went", refund.id, "Вернули вручную"), Act("refund-stayed", refund.id, "Не вернулись")
        return reading.permitted(went, stayed)
    return _decide(reading, "refund", refund.id, refund.state, refund.asked_by)


def _decide(reading: Reading, kind: str, id_: UUID, state: str, asked_by: str) -> tuple[Act, ...]:
    if state != "asked":
        return ()
    if asked_by == reading.me:
        return reading.permitted(Act(f"{kind}-recall", id_, "Отозвать"))
    return reading.permitted(Act(f"{kind}-approve", id_, "Одобрить"), Act(f"{kind}-decline", id_, "Отклонить"))


def _move_acts(reading: Reading, move: Move) -> tuple[Act, ...]:
    stuck = any(part.move_id == move.id and part.state == "rejected" and not part.again for part in reading.parts)
    if move.state == "approved" and stuck:
        return reading.permitted(Act("move-leave", move.id, "Не переносить"))
    return _decide(reading, "move", move.id, move.state, move.asked_by)


def _case_acts(reading: Reading, case: Chargeback) -> tuple[Act, ...]:
    steps = {"answered": "Ответили", "won": "Выиграли", "lost": "Проиграли"}
    found = (Act(f"case-{step}", case.id, word) for step, word in steps.items() if may(CHARGEBACK, case.state, step))
    return reading.permitted(*found)


def _purses(reading: Reading) -> tuple[Purse, ...]:
    found = []
    for attempt in reading.attempts:
        of_it = [one for one in reading.postings if one.attempt_id == attempt.id and reading.left.get(one.id, 0) > 0]
        left = sum(reading.left[one.id] for one in of_it)
        sources = tuple(
            Source(one.id, one.account_id, reading.account(one.account_id), reading.money(reading.left[one.id]))
            for one in of_it
        )
        if left:
            amount = Money(left, reading.payment.currency).decimal.replace(".", ",")
            title = f"попытка {attempt.number}, {PROVIDERS.get(attempt.provider, attempt.provider)}"
            beside = _beside(reading, sources) if "move-ask" in reading.acts else ()
            found.append(Purse(attempt.id, title, reading.money(left), amount, sources, beside))
    return tuple(found)


def _beside(reading: Reading, sources: tuple[Source, ...]) -> tuple[tuple[str, str], ...]:
    currency = reading.payment.currency
    found = {one.id: one for source in sources for one in accounts_beside(source.account, currency)}
    return tuple((str(one.id), f"··· {one.tail}, {money(one.balance, one.currency)}") for one in found.values())
