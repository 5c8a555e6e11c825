from __future__ import annotations

import datetime
from pathlib import Path
from typing import get_args

import pytest
import yaml
from tracestill.pipeline.config import Use
from tracestill.pipeline.errors import ConfigError
from tracestill.policies import library
from tracestill.policies.library import load_terms
from tracestill.policies.terms import MAX_QUOTE_WORDS, quote_hash

SHIPPED = Path(library.__file__).parent / "terms"


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_file_is_complete(path, shipped):
    terms = next(terms for terms in shipped.all if terms.id == path.stem)
    assert set(terms.rules) == set(get_args(Use)) or terms.missing
    assert all(len(clause.quote.split()) <= MAX_QUOTE_WORDS for clause in terms.clauses.values())
    if terms.kind == "service-terms" and terms.documents:
        assert terms.review.review_by <= terms.review.reviewed + datetime.timedelta(days=90)


def test_a_file_for_each_name_and_nothing_else(shipped):
    assert {terms.id for terms in shipped.all} == {path.stem for path in SHIPPED.glob("*")}


def test_quotation_hash_ignores_layout_and_nothing_else():
    assert quote_hash("to  train\n models ") == quote_hash("to train models")
    assert quote_hash("to train models") != quote_hash("to train Models")


def test_digest_changes_with_content_only(write_terms, shipped):
    folder = write_terms("acme")
    before = load_terms(folder)
    assert before.digest != shipped.digest
    (folder / "acme.yaml").write_text("# a remark\n" + (folder / "acme.yaml").read_text())
    assert load_terms(folder).digest == before.digest
    write_terms("acme", name="Another name")
    assert load_terms(folder).digest != before.digest


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"id": "other"}, "id: 'other' is not the file's name"),
        ({"surprise": 1}, "surprise: Extra inputs"),
        ({"kind": "service-terms"}, "needs hosts"),
        ({"matches": {"models": ["a"], "hosts": ["HTTP://x"]}}, "matches.hosts: 'HTTP://x' is no host pattern"),
        ({"spdx": "Acme-1.0"}, "spdx: 'Acme-1.0' is no SPDX"),
        ({"rules": {"internal_research": {"verdict": "allowed", "basis": "express"}}}, "needs a clause"),
        ({"rules": {"internal_research": {"verdict": "allowed", "basis": "policy-choice"}}}, "needs a note"),
        (
            {"rules": {"internal_research": {"verdict": "allowed", "basis": "silent", "clause": "c"}}},
            "rules.internal_research: where the text is silent",
        ),
        (
            {"rules": {"internal_research": {"verdict": "conditional", "basis": "express", "clause": "c"}}},
            "a conditional verdict names its conditions",
        ),
        ({"rules": {"internal_research": {"verdict": "allowed", "basis": "express", "clause": "z"}}}, "no clause 'z'"),
        ({"rules": {"fun": {"verdict": "unknown", "basis": "silent"}}}, "rules.fun"),
        ({"documents": []}, "clauses.c.doc: no document 'd'"),
        ({"review": {"reviewed": "2026-11-23", "review_by": "2028-01-01"}}, "at most 365 days"),
        ({"review": {"reviewed": "2026-11-23", "review_by": None}}, "only a licence on the SPDX list"),
    ],
)
def test_a_faulty_file_is_refused_by_name_and_key(write_terms, changes, complaint):
    folder = write_terms("acme", **changes)
    with pytest.raises(ConfigError) as caught:
        load_terms(folder)
    assert complaint in str(caught.value)
    assert "acme.yaml" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "complaint"), [("Anyone", "Nobody", "quote_sha256"), ("any", "any " * 30, "25")]
)
def test_a_changed_quotation_is_refused(write_terms, old, new, complaint):
    path = write_terms("acme") / "acme.yaml"
    path.write_text(path.read_text().replace(f"quote: {old}", f"quote: {new}").replace("any purpose", f"{new} purpose"))
    with pytest.raises(ConfigError, match=complaint):
        load_terms(path.parent)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("rules: {a: 1}\nrules: {a: 2}\n", "'rules' is given twice"),
        ("- a\n- b\n", "no mapping"),
        ("a: [\n", "no valid YAML"),
        ("a: !!python/object/apply:os.getcwd []\n", "no valid YAML"),
        ("reviewed: 2026-13-45\n", "no valid YAML"),
    ],
)
def test_yaml_is_plain_data_without_double_keys(tmp_path, text, complaint):
    (tmp_path / "acme.yaml").write_text(text)
    with pytest.raises(ConfigError, match=complaint):
        load_terms(tmp_path)


def test_a_folder_that_is_missing_or_empty_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="is no folder"):
        load_terms(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="holds no terms file"):
        load_terms(tmp_path)


def test_two_files_may_not_claim_one_host(write_terms):
    service = {"kind": "service-terms", "matches": {"hosts": ["llm.example.net"]}}
    write_terms("one", **service)
    with pytest.raises(ConfigError, match=r"llm\.example\.net is claimed by one already"):
        load_terms(write_terms("two", **service))


def _copy(folder: Path, id: str, old: str, new: str) -> Path:
    text = (SHIPPED / f"{id}.yaml").read_text()
    assert old in text
    (folder / f"{id}.yaml").write_text(text.replace(old, new))
    return folder


@pytest.mark.parametrize(
    ("id", "old", "new", "key"),
    [
        ("llama3", "&prohibited {verdict: prohibited,", "&prohibited {verdict: allowed,", "rules.internal_research"),
        ("llama3", "basis: express, clause: improve}", "basis: express, clause: improve, overridable: true}", "rules."),
        ("llama3", "exclude_models: [", 'exclude_models: ["*70b*", ', "matches.exclude_models"),
        ("llama3", "publishers: [meta-llama, meta]", "publishers: [meta-llama, meta, acme]", "matches.publishers"),
        ("openai-services-agreement", '"api.openai.com", ', "", "matches.hosts"),
        ("openai-services-agreement", '"gpt-*",', '"gpt-*", "*",', "matches.models"),
        ("openai-services-agreement", "review_by: 2027-02-21", "review_by: 2027-02-22", "review"),
        ("anthropic-usage-policy", "follows_model: true", 'hosts: ["api.anthropic.com"]', "matches"),
        ("self-hosted", "requires_self_hosted: true", "requires_self_hosted: false", "matches.requires_self_hosted"),
        ("smollm2", "type: licence_copy", "type: notice_file", "rules.weights_release"),
        ("openai-services-agreement", "any_of: [classifier,", "any_of: [general, classifier,", "exceptions"),
    ],
)
def test_a_file_of_the_users_own_may_not_loosen_what_ships(tmp_path, id, old, new, key):
    with pytest.raises(ConfigError) as caught:
        load_terms(_copy(tmp_path, id, old, new))
    assert key in str(caught.value)


def test_a_file_of_the_users_own_may_tighten_what_ships(tmp_path, make_gate, local):
    folder = _copy(tmp_path, "smollm2", "commercial_use: *allowed", "commercial_use: {verdict: unknown, basis: silent}")
    terms = load_terms(folder)
    teacher = local("smollm2-135m")
    assert not make_gate("commercial_use").judge_teacher(teacher, "generate").blocked
    assert make_gate("commercial_use", terms=terms).judge_teacher(teacher, "generate").blocked


def test_a_new_reading_may_extend_the_review(tmp_path):
    new = "reviewed: 2027-01-10, review_by: 2027-04-01"
    folder = _copy(tmp_path, "anthropic-usage-policy", "reviewed: 2026-11-23, review_by: 2027-02-21", new)
    found = next(terms for terms in load_terms(folder).all if terms.id == "anthropic-usage-policy")
    assert found.review.review_by == datetime.date(2027, 4, 1)


def test_like_gives_a_local_folder_a_shipped_licence(tmp_path, make_gate, make_teacher):
    raw = {"schema": 1, "id": "our-copy", "name": "Our copy", "kind": "model-licence", "like": "smollm2"}
    (tmp_path / "our-copy.yaml").write_text(yaml.safe_dump(raw | {"matches": {"models": ["/models/smollm2"]}}))
    terms = load_terms(tmp_path)
    gate = make_gate("internal_research", "weights_release", terms=terms)
    teacher = make_teacher("/models/smollm2", provider="transformers")
    assert gate.judge_teacher(teacher, "generate").policies == ("our-copy",)
    assert not gate.judge_teacher(teacher, "generate").blocked
    assert gate.judge_model("/models/smollm2", "train").reason_codes == ("CONDITIONS_PENDING",)
    (tmp_path / "our-copy.yaml").write_text(yaml.safe_dump(raw | {"like": "nothing"}))
    with pytest.raises(ConfigError, match="like: no shipped terms 'nothing'"):
        load_terms(tmp_path)


def test_evidence_that_nobody_read_is_unknown(write_terms, make_gate, local):
    document = {"doc": "d", "title": "Acme", "retrieved": "2026-11-23", "source": "a blog"}
    for evidence, blocked in [("secondary", True), ("memory", True), ("stored-copy", False)]:
        folder = write_terms("acme", documents=[document | {"evidence": evidence}])
        gate = make_gate("internal_research", terms=load_terms(folder))
        assert gate.judge_teacher(local("acme/one"), "generate").blocked is blocked


def test_a_use_without_a_rule_is_unknown(write_terms, make_gate, local):
    gate = make_gate("internal_research", "commercial_use", terms=load_terms(write_terms("acme")))
    ruling = gate.judge_teacher(local("acme/one"), "generate")
    assert (ruling.verdict, ruling.blocked, ruling.reason_codes) == ("unknown", True, ("UNKNOWN_TERMS",))


def test_redated_terms_go_stale_on_the_date_given(shipped):
    terms = shipped.redated({"llama2": datetime.date(2026, 11, 1)})
    assert [one.id for one in terms.all if one.stale(datetime.date(2026, 11, 2))] == ["llama2"]
