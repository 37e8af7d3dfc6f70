"""What later steps do when something happens here: imports run one way, so they listen."""

from __future__ import annotations

from django.dispatch import Signal

# Sent in the new client's own writing scope, inside the transaction that creates it. Arguments: organisation, now.
client_created = Signal()

# Sent in the organisation's own writing scope when its settings have changed, inside the same transaction: whoever
# keeps something by local day starts it anew. Arguments: organisation, changed (names of fields), now.
settings_changed = Signal()

# Sent before changed settings are saved, with the new values on the organisation: whoever cannot live with them raises
# InvalidInputError with the field. Arguments: organisation, changed (names of fields).
settings_checked = Signal()

# Asked in the organisation's scope; receivers answer with the segments (limits.SegmentChoice) that a membership can be
# limited to.
segments_asked = Signal()

# Asked in the organisation's scope; the one receiver answers with the numbers of the customers whom a limit lets one
# see, ascending. Arguments: organisation, limit, now.
customers_asked = Signal()
