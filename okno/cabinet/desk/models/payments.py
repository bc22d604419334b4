"""Mirrors of payments and of money that goes back."""

from django.db import models

from okno.cabinet.desk.models.keeping import ContactRow


class PaymentRow(models.Model):
    id = models.UUIDField(primary_key=True)
    number = models.BigIntegerField("№")
    method = models.TextField("способ")
    amount = models.BigIntegerField("сумма, мин. ед.")
    currency = models.TextField("валюта")
    contact = models.ForeignKey(ContactRow, on_delete=models.DO_NOTHING, null=True)
    link_id = models.UUIDField("ссылка", null=True)
    state = models.TextField("состояние")
    captured = models.BigIntegerField("получено, мин. ед.")
    refunded = models.BigIntegerField("возвращено, мин. ед.")
    reversed = models.BigIntegerField("забрал банк, мин. ед.")
    created_at = models.DateTimeField("начат")

    class Meta:
        managed = False
        db_table = "payments_payment"
        verbose_name = "платёж"
        verbose_name_plural = "Платежи"


class AttemptRow(models.Model):
    id = models.UUIDField(primary_key=True)
    payment = models.ForeignKey(PaymentRow, on_delete=models.DO_NOTHING)
    provider = models.TextField("платёжная система")

    class Meta:
        managed = False
        db_table = "payments_attempt"


class PostingRow(models.Model):
    id = models.UUIDField(primary_key=True)
    attempt = models.ForeignKey(AttemptRow, on_delete=models.DO_NOTHING)
    state = models.TextField("состояние")
    again = models.BooleanField("отправить ещё раз")

    class Meta:
        managed = False
        db_table = "payments_posting"


class UnpostingRow(models.Model):
    id = models.UUIDField(primary_key=True)
    posting = models.ForeignKey(PostingRow, on_delete=models.DO_NOTHING)
    state = models.TextField("состояние")
    again = models.BooleanField("отправить ещё раз")

    class Meta:
        managed = False
        db_table = "payments_unposting"


class RefundRow(models.Model):
    id = models.UUIDField(primary_key=True)
    attempt = models.ForeignKey(AttemptRow, on_delete=models.DO_NOTHING)
    amount = models.BigIntegerField("сумма, мин. ед.")
    state = models.TextField("состояние")
    origin = models.TextField("откуда")
    reason = models.TextField("причина")
    asked_by = models.TextField("кто просит")
    decided_by = models.TextField("кто решил", null=True)
    created_at = models.DateTimeField("запрошен")

    class Meta:
        managed = False
        db_table = "payments_refund"
        verbose_name = "возврат"
        verbose_name_plural = "Возвраты"


class ChargebackRow(models.Model):
    id = models.UUIDField(primary_key=True)
    attempt = models.ForeignKey(AttemptRow, on_delete=models.DO_NOTHING)
    amount = models.BigIntegerField("сумма, мин. ед.")
    state = models.TextField("состояние")
    reference = models.TextField("номер спора")
    reason = models.TextField("причина")
    opened_at = models.DateTimeField("открыт")
    respond_by = models.DateTimeField("ответить до")
    entered_by = models.TextField("кто внёс")

    class Meta:
        managed = False
        db_table = "payments_chargeback"
        verbose_name = "спор с банком"
        verbose_name_plural = "Споры с банками"


class MoveRow(models.Model):
    id = models.UUIDField(primary_key=True)
    posting = models.ForeignKey(PostingRow, on_delete=models.DO_NOTHING)
    amount = models.BigIntegerField("сумма, мин. ед.")
    state = models.TextField("состояние")
    reason = models.TextField("причина")
    asked_by = models.TextField("кто просит")
    decided_by = models.TextField("кто решил", null=True)
    created_at = models.DateTimeField("запрошен")

    class Meta:
        managed = False
        db_table = "payments_move"
        verbose_name = "перенос"
        verbose_name_plural = "Переносы на другой счёт"
