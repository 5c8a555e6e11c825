from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from tracestill.pipeline.config import Student
from tracestill.pipeline.config_teacher import Teacher
from tracestill.policies.circumstances import Circumstances
from tracestill.policies.gate import Gate
from tracestill.policies.library import TermsSet, load_terms
from tracestill.policies.overrides import Overrides
from tracestill.policies.terms import quote_hash

TODAY = datetime.date(2026, 11, 23)


@pytest.fixture(scope="session")
def shipped() -> TermsSet:
    return load_terms()


@pytest.fixture
def make_gate(shipped: TermsSet) -> Callable[..., Gate]:
    def make(
        *uses: str,
        student: dict[str, object] | None = None,
        attest: tuple[str, ...] = (),
        today: datetime.date = TODAY,
        terms: TermsSet | None = None,
        agreements: Overrides | None = None,
        **more: object,
    ) -> Gate:
        declared = Circumstances(
            stage="",
            uses=uses,
            student=Student.model_validate(student or {}),
            attested=dict.fromkeys(attest, "a test"),
            today=today,
            **more,
        )
        return Gate(terms or shipped, declared, agreements)

    return make


@pytest.fixture
def make_teacher() -> Callable[..., Teacher]:
    def make(model: str, base_url: str | None = None, **more: object) -> Teacher:
        return Teacher.model_validate(
            {"id": "t", "provider": "openai-chat", "model": model, "base_url": base_url, **more}
        )

    return make


@pytest.fixture
def local(make_teacher: Callable[..., Teacher]) -> Callable[..., Teacher]:
    def make(model: str) -> Teacher:
        return make_teacher(model, "http://127.0.0.1:8000/v1", self_hosted=True)

    return make


@pytest.fixture
def write_terms(tmp_path: Path) -> Callable[..., Path]:
    """Writes a terms file into a user's folder and returns the folder."""
    folder = tmp_path / "terms"
    folder.mkdir()

    def write(stem: str, **changes: object) -> Path:
        quote = "Anyone may use the weights and what they write for any purpose"
        raw: dict[str, object] = {
            "schema": 1,
            "id": stem,
            "name": "Acme licence",
            "kind": "model-licence",
            "matches": {"models": ["acme/*"]},
            "documents": [
                {"doc": "d", "title": "Acme", "retrieved": TODAY, "evidence": "primary", "source": "LICENSE file"}
            ],
            "clauses": {
                "c": {"doc": "d", "ref": "1", "quote": quote, "quote_sha256": quote_hash(quote), "meaning": "Any use."}
            },
            "rules": {"internal_research": {"verdict": "allowed", "basis": "express", "clause": "c"}},
            "review": {"reviewed": TODAY, "review_by": TODAY + datetime.timedelta(days=30)},
        }
        raw |= changes
        text = yaml.safe_dump({key: value for key, value in raw.items() if value is not None}, sort_keys=False)
        (folder / f"{stem}.yaml").write_text(text, encoding="utf-8")
        return folder

    return write
