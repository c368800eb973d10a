"""Simulated phones: the carrier's Messages API in miniature, with the phones behind it.

A program of its own that imports nothing else of ours, so that a mistake in our client cannot be hidden by the same
mistake here. It is used by `make run`, by the trials and by tests; it keeps everything in memory and machine time.
"""

from companion.phones.faults import BadFaults, Faults
from companion.phones.phones import Phones, make_phones

__all__ = ["BadFaults", "Faults", "Phones", "make_phones"]
