"""Mirror of the appeals. What was written and answered stands sealed, and is opened by its own service."""

from django.db import models

from okno.cabinet.desk.models.processes import AccountRow


class AppealRow(models.Model):
    id = models.UUIDField("ключ", primary_key=True)
    number = models.BigIntegerField("номер")
    # The right to the account may be gone, and the account with it; the appeal waits all the same.
    account = models.ForeignKey(AccountRow, on_delete=models.DO_NOTHING, null=True, verbose_name="счёт")
    line = models.IntegerField("строка")
    day = models.TextField("день")
    document = models.TextField("документ")
    debit = models.TextField("начислено")
    credit = models.TextField("оплачено")
    state = models.TextField("состояние")
    owner = models.TextField("за кем")
    raised_at = models.DateTimeField("получено")
    due_at = models.DateTimeField("срок ответа")
    taken_at = models.DateTimeField("взято", null=True)
    answered_by = models.TextField("кто ответил")
    answered_at = models.DateTimeField("отвечено", null=True)
    # Counted beside the row: the logins behind the two, and whether it is with who looks.
    owner_login: str
    answerer_login: str
    is_mine: bool

    class Meta:
        managed = False
        db_table = "documents_appeal"
        verbose_name = "обращение"
        verbose_name_plural = "Обращения по актам сверки"
