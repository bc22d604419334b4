"""Mirrors of receipts, links, promises, and of what agents bring."""

from django.db import models

from okno.cabinet.desk.models.payments import AttemptRow
from okno.cabinet.desk.models.processes import AccountRow


class ReceiptRow(models.Model):
    attempt = models.OneToOneField(AttemptRow, on_delete=models.DO_NOTHING, primary_key=True)
    state = models.TextField("состояние")
    number = models.TextField("номер документа")
    drive = models.TextField("фискальный накопитель")
    sign = models.TextField("фискальный признак")
    registered_at = models.DateTimeField("пробит", null=True)
    created_at = models.DateTimeField("запрошен")
    ask_at = models.DateTimeField("спросим снова", null=True)

    class Meta:
        managed = False
        db_table = "payments_receipt"
        verbose_name = "чек"
        verbose_name_plural = "Чеки"


class LinkRow(models.Model):
    id = models.UUIDField(primary_key=True)
    system = models.TextField("система")
    tail = models.TextField("счёт, последние")
    currency = models.TextField("валюта")
    amount = models.BigIntegerField("сумма", null=True)
    purpose = models.TextField("за что")
    made_by = models.TextField("кто сделал")
    created_at = models.DateTimeField("создана")
    expires_at = models.DateTimeField("действует до")
    revoked_at = models.DateTimeField("отозвана", null=True)
    # Counted beside it: who made it, payments by it, and what came of them.
    who: str
    used: int
    came: int

    class Meta:
        managed = False
        db_table = "payments_link"
        verbose_name = "ссылка на оплату"
        verbose_name_plural = "Ссылки на оплату"


class PromiseRow(models.Model):
    id = models.UUIDField(primary_key=True)
    account = models.ForeignKey(AccountRow, on_delete=models.DO_NOTHING, null=True)
    amount = models.BigIntegerField("сумма")
    currency = models.TextField("валюта")
    until = models.DateField("обещан до")
    state = models.TextField("состояние")
    granted_until = models.DateField("разрешён до", null=True)
    reason = models.TextField("причина отказа")
    created_at = models.DateTimeField("попросили")
    answered_at = models.DateTimeField("учёт ответил", null=True)

    class Meta:
        managed = False
        db_table = "payments_promise"
        verbose_name = "обещанный платёж"
        verbose_name_plural = "Обещанные платежи"


class AgentRow(models.Model):
    name = models.TextField("агент", primary_key=True)
    networks = models.TextField("откуда принимаем")
    method = models.TextField("способ")
    system = models.TextField("система")
    currency = models.TextField("валюта")
    called_at = models.DateTimeField("последнее обращение")
    # Counted beside it: operations taken and refused today, and the sum of those taken.
    many: int
    total: int
    turned: int | None

    class Meta:
        managed = False
        db_table = "payments_agent"
        verbose_name = "агент"
        verbose_name_plural = "Агенты"


class AgentOrderRow(models.Model):
    id = models.UUIDField(primary_key=True)
    agent = models.TextField("агент")
    txn = models.TextField("операция агента")
    kind = models.TextField("что")
    tail = models.TextField("счёт, последние")
    amount = models.BigIntegerField("сумма")
    currency = models.TextField("валюта")
    txn_at = models.DateTimeField("время у агента")
    result = models.IntegerField("ответ")
    attempt = models.ForeignKey(AttemptRow, on_delete=models.DO_NOTHING, null=True)
    received_at = models.DateTimeField("получена")

    class Meta:
        managed = False
        db_table = "payments_agent_order"
        verbose_name = "операция агента"
        verbose_name_plural = "Операции агентов"
