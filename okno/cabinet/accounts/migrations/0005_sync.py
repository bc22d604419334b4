import django.db.models.deletion
from django.db import migrations, models

# No customer reads them, and nothing in them is anybody's own: no row policies.
GRANTS = """
GRANT SELECT, INSERT, UPDATE ON accounts_sync TO okno_projector;
GRANT SELECT, INSERT, UPDATE, DELETE ON accounts_sync_question TO okno_projector;
GRANT SELECT, INSERT ON accounts_sync_difference TO okno_projector;
GRANT SELECT ON accounts_sync, accounts_sync_difference TO okno_desk;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_registration'),
    ]

    operations = [
        migrations.CreateModel(
            name='Sync',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('system', models.TextField()),
                ('kind', models.TextField()),
                ('phase', models.TextField()),
                ('after', models.TextField(null=True)),
                ('edge', models.UUIDField(null=True)),
                ('pages', models.BigIntegerField(db_default=0)),
                ('accounts', models.BigIntegerField(db_default=0)),
                ('expected', models.BigIntegerField(db_default=0)),
                ('operations', models.BigIntegerField(db_default=0)),
                ('suspects', models.IntegerField(db_default=0)),
                ('differences', models.IntegerField(db_default=0)),
                ('state', models.TextField(db_default='running')),
                ('code', models.TextField(null=True)),
                ('started_at', models.DateTimeField()),
                ('moved_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'accounts_sync',
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ('load', 'verify'))), name='accounts_sync_kind_known'), models.CheckConstraint(condition=models.Q(('state__in', ('running', 'done', 'failed'))), name='accounts_sync_state_known'), models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('system',), name='accounts_sync_one_at_work')],
            },
        ),
        migrations.CreateModel(
            name='SyncDifference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account_id', models.UUIDField()),
                ('kind', models.TextField()),
                ('key', models.TextField(null=True)),
                ('here', models.JSONField()),
                ('there', models.JSONField()),
                ('sync', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='accounts.sync')),
            ],
            options={
                'db_table': 'accounts_sync_difference',
            },
        ),
        migrations.CreateModel(
            name='SyncQuestion',
            fields=[
                ('row', models.UUIDField(primary_key=True, serialize=False)),
                ('account_id', models.UUIDField(null=True)),
                ('epoch', models.IntegerField(null=True)),
                ('version', models.BigIntegerField(null=True)),
                ('tries', models.SmallIntegerField()),
                ('phase', models.TextField(null=True)),
                ('sync', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='accounts.sync')),
            ],
            options={
                'db_table': 'accounts_sync_question',
            },
        ),
        migrations.RunSQL(GRANTS),
    ]
