"""Mirrors of what the processes work on."""

from django.db import models


class OutboxRow(models.Model):
    id = models.UUIDField(primary_key=True)
    seq = models.BigIntegerField("№")
    type = models.TextField("операция")
    kind = models.TextField("вид")
    system = models.TextField("система")
    priority = models.SmallIntegerField("класс")
    authtype = models.TextField("от кого")
    state = models.TextField("состояние")
    recorded_at = models.DateTimeField("записано")
    next_attempt_at = models.DateTimeField("следующая попытка")
    attempts = models.IntegerField("попыток")
    finished_at = models.DateTimeField("завершено", null=True)

    class Meta:
        managed = False
        db_table = "kit_outbox"
        verbose_name = "исходящее"
        verbose_name_plural = "Исходящие"


class NoticeRow(models.Model):
    id = models.UUIDField(primary_key=True)
    purpose = models.TextField("назначение")
    channel = models.TextField("канал")
    state = models.TextField("состояние")
    created_at = models.DateTimeField("создано")
    next_attempt_at = models.DateTimeField("следующая попытка")
    attempts = models.IntegerField("попыток")
    expires_at = models.DateTimeField("действует до")
    last_error = models.TextField("ошибка", null=True)

    class Meta:
        managed = False
        db_table = "notices_message"
        verbose_name = "сообщение"
        verbose_name_plural = "Сообщения"


class SignalRow(models.Model):
    seq = models.BigIntegerField("№", primary_key=True)
    at = models.DateTimeField("когда")
    source = models.TextField("источник")
    name = models.TextField("сигнал")
    session_id = models.UUIDField("сеанс", null=True)
    user_id = models.UUIDField("пользователь", null=True)
    detail = models.JSONField("подробности")

    class Meta:
        managed = False
        db_table = "kit_signal"
        verbose_name = "сигнал"
        verbose_name_plural = "Сигналы безопасности"


class SessionRow(models.Model):
    id = models.UUIDField(primary_key=True)
    user_id = models.UUIDField("пользователь")
    factors = models.SmallIntegerField("факторов")
    created_at = models.DateTimeField("начат")
    expires_at = models.DateTimeField("истекает")
    idle_until = models.DateTimeField("бездействие до")
    ended_at = models.DateTimeField("завершён", null=True)
    user_agent = models.TextField("браузер")

    class Meta:
        managed = False
        db_table = "identity_session"
        verbose_name = "сеанс"
        verbose_name_plural = "Сеансы"


class AccountRow(models.Model):
    id = models.UUIDField(primary_key=True)
    system_id = models.TextField("система")
    tail = models.TextField("номер, последние")
    currency = models.TextField("валюта")
    balance = models.BigIntegerField("баланс")
    status = models.TextField("состояние")
    version = models.BigIntegerField("версия")
    as_of = models.DateTimeField("на момент")
    gap_since = models.DateTimeField("пропуск с", null=True)

    class Meta:
        managed = False
        db_table = "accounts_account"
        verbose_name = "лицевой счёт"
        verbose_name_plural = "Лицевые счета"


class JobRow(models.Model):
    id = models.UUIDField(primary_key=True)
    kind = models.TextField("вид")
    state = models.TextField("состояние")
    run_at = models.DateTimeField("когда")
    attempts = models.IntegerField("попыток")
    last_error = models.TextField("ошибка", null=True)
    locked_until = models.DateTimeField("занято до", null=True)

    class Meta:
        managed = False
        db_table = "kit_job"
        verbose_name = "задание"
        verbose_name_plural = "Задания"
