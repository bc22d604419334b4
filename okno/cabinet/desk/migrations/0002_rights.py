"""Django's own tables are the desk's alone; the other processes have no right on them."""

from django.db import migrations

GRANTS = """
GRANT SELECT, INSERT, UPDATE ON auth_user, desk_staff_link, desk_presence TO okno_desk;
GRANT SELECT ON auth_group, auth_permission, auth_group_permissions, auth_user_groups, auth_user_user_permissions,
    django_content_type TO okno_desk;
GRANT SELECT, INSERT ON django_admin_log TO okno_desk;
GRANT SELECT, INSERT, UPDATE, DELETE ON django_session TO okno_desk;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0001_initial"),
        ("accounts", "0002_rights"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("sessions", "0001_initial"),
    ]

    operations = [migrations.RunSQL(GRANTS)]
