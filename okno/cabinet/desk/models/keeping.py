"""Mirrors of what payers let us keep, and of the rules that pay with it. No token, no address, nobody's id."""

from datetime import date

from django.db import models

from okno.cabinet.desk.models.processes import AccountRow


class ContactRow(models.Model):
    id = models.UUIDField(primary_key=True)
    mask = models.TextField("куда")

    class Meta:
        managed = False
        db_table = "payments_contact"


class CardRow(models.Model):
    title = models.TextField("карта")
    id = models.UUIDField(primary_key=True)
    provider = models.TextField("платёжная система")
    expires = models.TextField("действует до", null=True)
    is_default = models.BooleanField("платит первой")
    created_at = models.DateTimeField("сохранена")
    removed_at = models.DateTimeField("удалена", null=True)
    # Counted beside it: rules that pay with it.
    standing: int

    class Meta:
        managed = False
        db_table = "payments_card"
        verbose_name = "сохранённая карта"
        verbose_name_plural = "Сохранённые карты"


class AutopayRow(models.Model):
    id = models.UUIDField(primary_key=True)
    # What the read model does not have yet is a rule all the same.
    account = models.ForeignKey(AccountRow, on_delete=models.DO_NOTHING, null=True)
    card = models.ForeignKey(CardRow, on_delete=models.DO_NOTHING)
    method = models.TextField("способ")
    currency = models.TextField("валюта")
    kind = models.TextField("когда платит")
    day = models.SmallIntegerField("число месяца", null=True)
    ceiling = models.BigIntegerField("не больше")
    state = models.TextField("состояние")
    look_at = models.DateTimeField("смотрит на счёт", null=True)
    created_at = models.DateTimeField("создан")
    # Found beside it: its last charge.
    last_state: str | None
    last_day: date | None

    class Meta:
        managed = False
        db_table = "payments_autopay"
        verbose_name = "автоплатёж"
        verbose_name_plural = "Автоплатежи"


class TurnRow(models.Model):
    id = models.UUIDField(primary_key=True)
    rule = models.ForeignKey(AutopayRow, on_delete=models.DO_NOTHING)
    due_on = models.DateField("день")
    amount = models.BigIntegerField("сумма")
    state = models.TextField("состояние")
    reason = models.TextField("причина")
    tries = models.SmallIntegerField("попыток")
    payment_id = models.UUIDField("платёж", null=True)

    class Meta:
        managed = False
        db_table = "payments_autopay_turn"
