"""Mirrors of what the bank and the payment systems say beside what Okno and the books have."""

from django.db import models


class StatementRow(models.Model):
    id = models.UUIDField(primary_key=True)
    name = models.TextField("файл")
    format = models.TextField("формат")
    account = models.TextField("счёт в банке")
    currency = models.TextField("валюта")
    since = models.DateField("с")
    until = models.DateField("по")
    opening = models.BigIntegerField("остаток в начале")
    closing = models.BigIntegerField("остаток в конце")
    lines = models.IntegerField("строк")
    fresh = models.IntegerField("из них новых")
    taken_by = models.TextField("кто загрузил")
    taken_at = models.DateTimeField("когда")

    class Meta:
        managed = False
        db_table = "reconciliation_statement"
        verbose_name = "выписка"
        verbose_name_plural = "Выписки банка"


class LineRow(models.Model):
    id = models.UUIDField(primary_key=True)
    day = models.DateField("день")
    amount = models.BigIntegerField("сумма")
    currency = models.TextField("валюта")
    payer = models.TextField("плательщик")
    payer_inn = models.TextField("ИНН")
    payer_account = models.TextField("счёт плательщика")
    purpose = models.TextField("назначение")
    reference = models.TextField("номер в банке")
    marks = models.TextField("номера в назначении")
    state = models.TextField("состояние")
    reason = models.TextField("почему")
    account_id = models.UUIDField("лицевой счёт", null=True)
    decided_by = models.TextField("кто решил", null=True)
    decided_at = models.DateTimeField("когда решил", null=True)

    class Meta:
        managed = False
        db_table = "reconciliation_line"
        verbose_name = "перевод"
        verbose_name_plural = "Переводы из банка"


class DayRow(models.Model):
    day = models.DateField("день", primary_key=True)
    zone = models.TextField("часовой пояс")
    since = models.DateTimeField("начало")
    until = models.DateTimeField("конец")
    state = models.TextField("состояние")
    matched = models.IntegerField("сошлось")
    away = models.TextField("не ответили")
    runs = models.IntegerField("сверок")
    finished_at = models.DateTimeField("последняя сверка", null=True)
    run_at = models.DateTimeField("следующая сверка", null=True)

    class Meta:
        managed = False
        db_table = "reconciliation_day"
        verbose_name = "день сверки"
        verbose_name_plural = "Сверка по дням"


class DifferenceRow(models.Model):
    id = models.UUIDField(primary_key=True)
    day = models.ForeignKey(DayRow, on_delete=models.DO_NOTHING, db_column="day_id", verbose_name="день")
    kind = models.TextField("что не сходится")
    provider = models.TextField("платёжная система")
    subject = models.TextField("номер")
    currency = models.TextField("валюта")
    there = models.BigIntegerField("у системы", null=True)
    here = models.BigIntegerField("в Окне", null=True)
    books = models.BigIntegerField("в учёте", null=True)
    state = models.TextField("состояние")
    owner = models.TextField("за кем")
    word = models.TextField("чем кончилось")
    opened_at = models.DateTimeField("найдено")
    closed_by = models.TextField("кто закрыл", null=True)
    closed_at = models.DateTimeField("закрыто", null=True)

    class Meta:
        managed = False
        db_table = "reconciliation_difference"
        verbose_name = "расхождение"
        verbose_name_plural = "Расхождения"


class PayoutRow(models.Model):
    id = models.UUIDField(primary_key=True)
    provider = models.TextField("платёжная система")
    line = models.ForeignKey(LineRow, on_delete=models.DO_NOTHING, db_column="line_id", verbose_name="перевод")
    first = models.DateField("с")
    last = models.DateField("по")
    gross = models.BigIntegerField("получено")
    fees = models.BigIntegerField("комиссия")
    refunds = models.BigIntegerField("возвращено")
    currency = models.TextField("валюта")
    amount = models.BigIntegerField("пришло в банк")
    state = models.TextField("состояние")
    made_at = models.DateTimeField("когда")

    class Meta:
        managed = False
        db_table = "reconciliation_payout"
        verbose_name = "выплата"
        verbose_name_plural = "Выплаты платёжных систем"
