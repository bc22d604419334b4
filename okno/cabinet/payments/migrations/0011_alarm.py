"""What came lately is looked at twice a minute: an index for it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0010_keeping_rights")]

    operations = [
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["received_at"], name="payments_notice_latest"),
        ),
    ]
