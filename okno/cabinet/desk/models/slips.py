"""Mirror of the runs of slips."""

from django.db import models


class SlipRunRow(models.Model):
    district = models.TextField("район")
    id = models.UUIDField("номер", primary_key=True)
    system = models.TextField("система")
    form = models.TextField("вид")
    state = models.TextField("состояние")
    found = models.IntegerField("подходит")
    printed = models.IntegerField("напечатано")
    failed = models.IntegerField("без квитанции")
    started_at = models.DateTimeField("начат")
    finished_at = models.DateTimeField("завершён", null=True)
    expires_at = models.DateTimeField("хранится до")

    class Meta:
        managed = False
        db_table = "documents_run"
        verbose_name = "печать района"
        verbose_name_plural = "Квитанции районов"
