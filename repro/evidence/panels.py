"""Sentences below a figure; `repro.evidence.marks` has them now."""

from repro.evidence.marks import wrapped  # noqa: F401  until papers switch
