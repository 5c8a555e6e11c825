"""The part of the configuration file about what other programs may watch."""

from __future__ import annotations

from pydantic import Field, field_validator

from .concern import Concern


class Telemetry(Concern):
    """Numbers and spans for whoever watches the nightly job; nothing is sent anywhere unless it is named here."""

    textfile: str | None = None
    """File for Prometheus' textfile collector, ending in .prom, relative to this file; null writes none."""
    pushgateway: str | None = Field(default=None, pattern=r"^https?://")
    """URL of a Prometheus Pushgateway that gets the same numbers when a command ends; null sends none."""
    spans: bool = False
    """Whether requests to teachers become OpenTelemetry spans; where they go is said by OTEL_* variables."""
    content: bool = False
    """Whether spans carry prompts and answers, too."""

    @field_validator("textfile")
    @classmethod
    def _is_collected(cls, textfile: str | None) -> str | None:
        if textfile is not None and not textfile.endswith(".prom"):
            raise ValueError(f"{textfile} does not end in .prom: the collector would pass it over")
        return textfile
