import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountRow',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('system_id', models.TextField(verbose_name='система')),
                ('tail', models.TextField(verbose_name='номер, последние')),
                ('currency', models.TextField(verbose_name='валюта')),
                ('balance', models.BigIntegerField(verbose_name='баланс')),
                ('status', models.TextField(verbose_name='состояние')),
                ('version', models.BigIntegerField(verbose_name='версия')),
                ('as_of', models.DateTimeField(verbose_name='на момент')),
                ('gap_since', models.DateTimeField(null=True, verbose_name='пропуск с')),
            ],
            options={
                'verbose_name': 'лицевой счёт',
                'verbose_name_plural': 'Лицевые счета',
                'db_table': 'accounts_account',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='JobRow',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('kind', models.TextField(verbose_name='вид')),
                ('state', models.TextField(verbose_name='состояние')),
                ('run_at', models.DateTimeField(verbose_name='когда')),
                ('attempts', models.IntegerField(verbose_name='попыток')),
                ('last_error', models.TextField(null=True, verbose_name='ошибка')),
                ('locked_until', models.DateTimeField(null=True, verbose_name='занято до')),
            ],
            options={
                'verbose_name': 'задание',
                'verbose_name_plural': 'Задания',
                'db_table': 'kit_job',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='NoticeRow',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('purpose', models.TextField(verbose_name='назначение')),
                ('channel', models.TextField(verbose_name='канал')),
                ('state', models.TextField(verbose_name='состояние')),
                ('created_at', models.DateTimeField(verbose_name='создано')),
                ('next_attempt_at', models.DateTimeField(verbose_name='следующая попытка')),
                ('attempts', models.IntegerField(verbose_name='попыток')),
                ('expires_at', models.DateTimeField(verbose_name='действует до')),
                ('last_error', models.TextField(null=True, verbose_name='ошибка')),
            ],
            options={
                'verbose_name': 'сообщение',
                'verbose_name_plural': 'Сообщения',
                'db_table': 'notices_message',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='OutboxRow',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('seq', models.BigIntegerField(verbose_name='№')),
                ('type', models.TextField(verbose_name='операция')),
                ('kind', models.TextField(verbose_name='вид')),
                ('system', models.TextField(verbose_name='система')),
                ('priority', models.SmallIntegerField(verbose_name='класс')),
                ('authtype', models.TextField(verbose_name='от кого')),
                ('state', models.TextField(verbose_name='состояние')),
                ('recorded_at', models.DateTimeField(verbose_name='записано')),
                ('next_attempt_at', models.DateTimeField(verbose_name='следующая попытка')),
                ('attempts', models.IntegerField(verbose_name='попыток')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='завершено')),
            ],
            options={
                'verbose_name': 'исходящее',
                'verbose_name_plural': 'Исходящие',
                'db_table': 'kit_outbox',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='SessionRow',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('user_id', models.UUIDField(verbose_name='пользователь')),
                ('factors', models.SmallIntegerField(verbose_name='факторов')),
                ('created_at', models.DateTimeField(verbose_name='начат')),
                ('expires_at', models.DateTimeField(verbose_name='истекает')),
                ('idle_until', models.DateTimeField(verbose_name='бездействие до')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='завершён')),
                ('user_agent', models.TextField(verbose_name='браузер')),
            ],
            options={
                'verbose_name': 'сеанс',
                'verbose_name_plural': 'Сеансы',
                'db_table': 'identity_session',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='SignalRow',
            fields=[
                ('seq', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='№')),
                ('at', models.DateTimeField(verbose_name='когда')),
                ('source', models.TextField(verbose_name='источник')),
                ('name', models.TextField(verbose_name='сигнал')),
                ('session_id', models.UUIDField(null=True, verbose_name='сеанс')),
                ('user_id', models.UUIDField(null=True, verbose_name='пользователь')),
                ('detail', models.JSONField(verbose_name='подробности')),
            ],
            options={
                'verbose_name': 'сигнал',
                'verbose_name_plural': 'Сигналы безопасности',
                'db_table': 'kit_signal',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Presence',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to=settings.AUTH_USER_MODEL)),
                ('session_hash', models.TextField()),
                ('opened_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'desk_presence',
            },
        ),
        migrations.CreateModel(
            name='StaffLink',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'desk_staff_link',
            },
        ),
    ]
