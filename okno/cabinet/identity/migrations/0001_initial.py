import django.db.models.deletion
import django.db.models.functions.datetime
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, primary_key=True, serialize=False)),
                ('login', models.TextField()),
                ('password', models.TextField()),
                ('phone_sealed', models.TextField()),
                ('phone_mask', models.TextField()),
                ('phone_key', models.TextField(db_default='')),
                ('name_sealed', models.BinaryField(null=True)),
                ('locale', models.TextField(db_default='ru')),
                ('is_active', models.BooleanField(db_default=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'identity_user',
                'constraints': [models.UniqueConstraint(fields=('login',), name='identity_user_login_once')],
            },
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('token_hash', models.BinaryField(primary_key=True, serialize=False)),
                ('id', models.UUIDField(unique=True)),
                ('factors', models.SmallIntegerField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('expires_at', models.DateTimeField()),
                ('idle_until', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('proved_at', models.DateTimeField(null=True)),
                ('user_agent', models.TextField(db_default='')),
                ('address', models.TextField(db_default='')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='identity.user')),
            ],
            options={
                'db_table': 'identity_session',
                'indexes': [models.Index(models.F('user'), models.F('created_at'), condition=models.Q(('ended_at__isnull', True)), name='identity_session_living')],
                'constraints': [models.CheckConstraint(condition=models.Q(('factors__in', (1, 2))), name='identity_session_factors_range')],
            },
        ),
        migrations.CreateModel(
            name='Challenge',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('session_id', models.UUIDField()),
                ('purpose', models.TextField()),
                ('code_mac', models.BinaryField()),
                ('tries', models.SmallIntegerField(db_default=0)),
                ('sent_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='identity.user')),
            ],
            options={
                'db_table': 'identity_challenge',
                'constraints': [models.UniqueConstraint(fields=('session_id', 'purpose'), name='identity_challenge_once')],
            },
        ),
    ]
