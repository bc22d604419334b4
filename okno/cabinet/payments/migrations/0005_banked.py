"""A payment may be nobody's wish: a bank brought it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_returning_rights"), ("identity", "0002_rights")]

    operations = [
        migrations.AlterField(
            model_name="payment",
            name="user",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="identity.user"
            ),
        ),
        migrations.RunSQL("GRANT INSERT ON payments_payment, payments_share, payments_attempt TO okno_till"),
    ]
