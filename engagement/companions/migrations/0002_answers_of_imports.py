"""Answers know which imported file brought them, so that undoing the import takes them out again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("companions", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="surveyanswer",
            name="import_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddIndex(
            model_name="surveyanswer",
            index=models.Index(
                condition=models.Q(("import_id__isnull", False)),
                fields=["organisation", "import_id"],
                name="companions_answer_import",
            ),
        ),
    ]
