"""What can go wrong with a vendor, each in words for whoever minds the connection. None of these leaves this step."""

from __future__ import annotations


class VendorError(Exception):
    """The vendor answered, or did not, in a way that ends this time of fetching; what is in stays in.

    `is_passing`: it is tried again by itself, later and later. Otherwise somebody has to do something first.
    """

    def __init__(self, words: str, *, is_passing: bool = True) -> None:
        super().__init__(words)
        self.words, self.is_passing = words, is_passing


class SignInError(VendorError):
    """The credentials are not taken any more: asking again helps nobody, and may lock the account."""

    def __init__(self, words: str) -> None:
        super().__init__(words, is_passing=False)


class GoneError(VendorError):
    """What was asked for is not there, or not any more."""

    def __init__(self, words: str) -> None:
        super().__init__(words, is_passing=False)


class RateLimitedError(VendorError):
    """The vendor wants us to wait longer than it is worth holding a worker for."""

    def __init__(self, words: str, *, wait_seconds: int) -> None:
        super().__init__(words)
        self.wait_seconds = wait_seconds


class SurpriseError(Exception):
    """One record is not as the vendor's description says: it is kept as it came, and its neighbours are taken."""

    def __init__(self, code: str, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.code, self.reason, self.remedy = code, reason, remedy
