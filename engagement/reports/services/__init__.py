"""Writes of this step; every one is called inside a scope that writes, but `open_link`, which needs none."""

from engagement.reports.services.branding import set_branding
from engagement.reports.services.drafting import OutdatedTextError, draft_report, save_text, show_block
from engagement.reports.services.publishing import document_of, publish_report
from engagement.reports.services.sharing import Opened, open_link, revoke_link, share_version

__all__ = [
    "Opened",
    "OutdatedTextError",
    "document_of",
    "draft_report",
    "open_link",
    "publish_report",
    "revoke_link",
    "save_text",
    "set_branding",
    "share_version",
    "show_block",
]
