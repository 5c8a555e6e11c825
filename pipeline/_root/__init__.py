"""Tracestill: sample reasoning traces, prove which are right, keep them, train a student on them."""

from __future__ import annotations


def __getattr__(name: str) -> str:
    if name == "__version__":
        from importlib.metadata import version

        return version("tracestill")
    raise AttributeError(f"module 'tracestill' has no attribute {name!r}")
