"""A sandbox in each tier that this machine gives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tracestill.pipeline.errors import NoIsolation
from tracestill.verifiers.sandbox.limits import Limits
from tracestill.verifiers.sandbox.runner import Tier
from tracestill.verifiers.sandbox.sandbox import Sandbox

LIMITS = Limits(cpu_s=1, wall_factor=4, memory_mb=512, output_mb=1, files_mb=8, threads=16)


TIERS = ["namespaces", "landlock"]


@pytest.fixture(scope="module", params=TIERS)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """With limits that are passed soon."""
    yield from in_tier(request.param, LIMITS)


@pytest.fixture(scope="module", params=TIERS)
def brisk_sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """With time for a compiler, and no more."""
    yield from in_tier(request.param, Limits(cpu_s=8))


@pytest.fixture(scope="module", params=TIERS)
def patient_sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """With the limits that a user has."""
    yield from in_tier(request.param, Limits())


def in_tier(tier: Tier, limits: Limits) -> Iterator[Sandbox]:
    made = Sandbox(limits, tier)
    try:
        _ = made.isolation
    except NoIsolation as error:
        pytest.skip(str(error))
    yield made
    made.close()
