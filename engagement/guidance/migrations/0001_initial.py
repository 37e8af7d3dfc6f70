"""An organisation's own entries, and copies of what its firm says."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

import tenants.tenancy
from tenants.operations import TenantTable


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("tenants", "0018_language"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EntryVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tenants.tenancy.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("key", models.SlugField(max_length=60)),
                ("language", models.CharField(choices=[("en", "English"), ("de", "German")], max_length=2)),
                ("origin", models.CharField(choices=[("own", "Own"), ("firm", "Firm")], max_length=4)),
                ("number", models.PositiveIntegerField()),
                ("is_withdrawn", models.BooleanField(default=False)),
                ("question", models.CharField(blank=True, max_length=200)),
                ("text", models.TextField(blank=True)),
                ("keywords", models.CharField(blank=True, max_length=200)),
                ("explains", models.JSONField(default=list)),
                ("evidence", models.JSONField(default=list)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("written_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.organisation",
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "key", "language", "origin", "number"),
                        name="guidance_entryversion_number",
                    ),
                    models.CheckConstraint(condition=Q(number__gte=1), name="guidance_entryversion_from_one"),
                    models.CheckConstraint(
                        condition=Q(is_withdrawn=True) | (~Q(question="") & ~Q(text="")),
                        name="guidance_entryversion_says",
                    ),
                ],
            },
        ),
        TenantTable("EntryVersion"),
    ]
