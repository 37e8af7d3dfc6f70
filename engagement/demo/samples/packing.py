"""The packed form of the grocery's events: the same rows as the CSV in half the bytes of its gzip.

An xz stream holds byte planes, one after the other. A column of n numbers of k bytes is stored as k planes of
n bytes: first the lowest byte of every number, then the next. Like bytes then lie together, which is what the
compressor needs. The planes, all little-endian:

    rows          1 number  of 4 bytes   rows of the file
    kind          rows      of 1 byte    0 purchase, 1 campaign received, 2 coupon redemption
    seconds       rows      of 4 bytes   since the row before (the first: since 1970-01-01T00:00:00Z)
    customer      rows      of 2 bytes   customer_id
    basket        purchases of 5 bytes   number in the event_id of a purchase ("B" and the number)
    minor_units   purchases of 3 bytes   value of a purchase, in hundredths
    campaign      campaigns of 1 byte    number in the event_id of a campaign ("C", number, "-", customer_id)

A coupon's event_id is "R" and its position among the coupons, from 0. Rows are in the order of the file.
"""

from __future__ import annotations

import csv
import io
import lzma
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from engagement.errors import InvalidInputError

HEADER = "event_id,customer_id,event_type,occurred_at,value\n"
PURCHASE, CAMPAIGN, COUPON = range(3)
KINDS = ("purchase", "campaign_received", "coupon_redemption")

# Literal context and position bits of xz suit text; for planes of unrelated bytes they only cost.
XZ_FILTERS = ({"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 0, "lp": 0, "pb": 0},)


def pack_events(csv_bytes: bytes) -> bytes:
    """The packed form of such a CSV; refuses one that would not come back byte for byte."""
    rows = list(csv.DictReader(io.StringIO(csv_bytes.decode())))
    kinds = [KINDS.index(row["event_type"]) for row in rows]
    seconds = [int(datetime.fromisoformat(row["occurred_at"]).timestamp()) for row in rows]
    purchases = [row for row, kind in zip(rows, kinds, strict=True) if kind == PURCHASE]
    campaigns = [row for row, kind in zip(rows, kinds, strict=True) if kind == CAMPAIGN]
    payload = b"".join(
        (
            to_planes([len(rows)], width=4),
            to_planes(kinds, width=1),
            to_planes([now - before for before, now in zip([0, *seconds], seconds, strict=False)], width=4),
            to_planes([int(row["customer_id"]) for row in rows], width=2),
            to_planes([int(row["event_id"][1:]) for row in purchases], width=5),
            to_planes([int(row["value"].replace(".", "")) for row in purchases], width=3),
            to_planes([int(row["event_id"][1:].split("-")[0]) for row in campaigns], width=1),
        )
    )
    packed = lzma.compress(payload, filters=list(XZ_FILTERS))
    if "".join((HEADER, *unpack_events(packed))).encode() != csv_bytes:
        raise InvalidInputError("These rows hold something the packed form has no place for.")
    return packed


def unpack_events(packed: bytes) -> Iterator[str]:
    """The rows in the order of the file, each with its newline, the header left out."""
    planes = io.BytesIO(lzma.decompress(packed))
    (count,) = from_planes(planes, count=1, width=4)
    kinds = from_planes(planes, count=count, width=1)
    gaps = from_planes(planes, count=count, width=4)
    customers = from_planes(planes, count=count, width=2)
    baskets = iter(from_planes(planes, count=kinds.count(PURCHASE), width=5))
    amounts = iter(from_planes(planes, count=kinds.count(PURCHASE), width=3))
    campaigns = iter(from_planes(planes, count=kinds.count(CAMPAIGN), width=1))
    coupons = iter(range(kinds.count(COUPON)))
    second = 0
    for kind, gap, customer in zip(kinds, gaps, customers, strict=True):
        second += gap
        value = ""
        if kind == PURCHASE:
            event_id, value = f"B{next(baskets)}", "{}.{:02}".format(*divmod(next(amounts), 100))
        elif kind == CAMPAIGN:
            event_id = f"C{next(campaigns)}-{customer}"
        else:
            event_id = f"R{next(coupons)}"
        moment = datetime.fromtimestamp(second, tz=UTC).isoformat().removesuffix("+00:00")
        yield f"{event_id},{customer},{KINDS[kind]},{moment}Z,{value}\n"


def to_planes(numbers: Iterable[int], *, width: int) -> bytes:
    """`width` planes, lowest bytes first: [1, 258] at width 2 gives 01 02 00 01; too large: OverflowError."""
    joined = b"".join(number.to_bytes(width, "little") for number in numbers)
    return b"".join(joined[plane::width] for plane in range(width))


def from_planes(planes: io.BytesIO, *, count: int, width: int) -> Sequence[int]:
    """The next column of `count` numbers: the inverse of `to_planes`."""
    joined = bytearray(count * width)
    for plane in range(width):
        joined[plane::width] = planes.read(count)
    return [int.from_bytes(joined[at : at + width], "little") for at in range(0, count * width, width)]
