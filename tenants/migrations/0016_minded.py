"""Who of the firm minds a client."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0015_unmailed")]

    operations = [
        migrations.AddField(model_name="organisation", name="minded_by", field=models.UUIDField(blank=True, null=True)),
    ]
