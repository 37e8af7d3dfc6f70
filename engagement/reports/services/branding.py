"""How reports look."""

from __future__ import annotations

import re
import struct
import zlib
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError
from engagement.reports.models import Branding
from tenants.audit import audit_append
from tenants.models import Organisation

LARGEST_LOGO: Final = 200_000
_LARGEST_SIDE: Final = 4_000
_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_KEPT: Final = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}  # the picture, and nothing that was written into the file


def set_branding(
    *, organisation: Organisation, made_by: str, colour: str, logo: bytes | None, without_logo: bool, now: datetime
) -> Branding:
    """How reports that are published from now on look; without a new logo the present one stays. InvalidInputError."""
    shade = colour.strip().lower()
    if shade and not _COLOUR.fullmatch(shade):
        raise InvalidInputError(fields={"colour": [_("Write the colour as # and six digits, such as #1f4e79.")]})
    picture = cleaned_png(logo) if logo is not None else None
    found, _made = Branding.objects.get_or_create(organisation=organisation, defaults={"changed_at": now})
    found.made_by, found.colour, found.changed_at = " ".join(made_by.split())[:120], shade, now
    if picture is not None or without_logo:
        found.logo = picture
    found.save()
    audit_append(
        act="report.branded", object_kind="organisation", object_id=organisation.pk,
        new={"colour": shade, "logo": found.logo is not None}, organisation_id=organisation.pk,
    )  # fmt: skip
    return found


def cleaned_png(content: bytes) -> bytes:
    """The picture of a PNG file without comments and other data; raises InvalidInputError for anything else."""
    refused = InvalidInputError(fields={"logo": [_("Choose a PNG file of at most 200 kB and 4,000 pixels a side.")]})
    if len(content) > LARGEST_LOGO or not content.startswith(_SIGNATURE):
        raise refused
    parts, at = [_SIGNATURE], len(_SIGNATURE)
    kinds = []
    while at + 12 <= len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        kind, end = content[at + 4 : at + 8], at + 12 + length
        if (
            end > len(content)
            or zlib.crc32(content[at + 4 : end - 4]) != struct.unpack(">I", content[end - 4 : end])[0]
        ):
            raise refused
        kinds.append(kind)
        parts += [content[at:end]] if kind in _KEPT else []
        at = end
        if kind == b"IEND":
            break
    if kinds[:1] != [b"IHDR"] or kinds[-1:] != [b"IEND"] or b"IDAT" not in kinds or not _is_small(content):
        raise refused
    return b"".join(parts)


def _is_small(content: bytes) -> bool:
    width, height = struct.unpack(">II", content[16:24])
    return all(0 < int(side) <= _LARGEST_SIDE for side in (width, height))
