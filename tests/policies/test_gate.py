from __future__ import annotations

import datetime
import subprocess
import sys

import msgspec
import pytest
import yaml
from tracestill.pipeline.config import Config
from tracestill.policies.gate import Gate
from tracestill.policies.library import load_terms

SIX = (
    "internal_research",
    "internal_product_noncompeting",
    "competing_model",
    "dataset_release",
    "weights_release",
    "commercial_use",
)
SMOL = "HuggingFaceTB/SmolLM2-135M-Instruct"
MAU31 = "mau_at(2024-07-23)<=700M"


def summary(ruling):
    return ruling.verdict, ruling.blocked, ruling.reason_codes


# --- whose terms bind


@pytest.mark.parametrize("model", [SMOL, "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf", "smollm2:135m"])
def test_open_weights_on_a_server_of_ones_own_are_allowed_for_every_use(make_gate, local, model):
    ruling = make_gate(*SIX).judge_teacher(local(model), "generate")
    assert summary(ruling) == ("allowed", False, ())
    assert ruling.policies == ("self-hosted", "smollm2")
    assert ruling.host == "127.0.0.1"


@pytest.mark.parametrize("provider", ["transformers", "vllm"])
def test_in_process_the_model_licence_alone_binds(make_gate, make_teacher, provider):
    ruling = make_gate("weights_release").judge_teacher(make_teacher(SMOL, provider=provider), "generate")
    assert summary(ruling) == ("allowed", False, ())
    assert (ruling.host, ruling.policies) == (None, ("smollm2",))


def test_a_base_url_makes_any_provider_a_server(make_gate, make_teacher):
    teacher = make_teacher(SMOL, "https://llm.example.net/v1", provider="vllm")
    assert make_gate("internal_research").judge_teacher(teacher, "generate").reason_codes == ("UNKNOWN_HOST",)


@pytest.mark.parametrize(
    ("provider", "host"),
    [
        ("openai-chat", "api.openai.com"),
        ("openai-responses", "api.openai.com"),
        ("anthropic-messages", "api.anthropic.com"),
    ],
)
def test_a_provider_has_its_own_address(make_gate, make_teacher, provider, host):
    ruling = make_gate("competing_model").judge_teacher(make_teacher("gpt-5", provider=provider), "generate")
    assert ruling.host == host
    assert ruling.verdict == "prohibited"


def test_a_provider_without_an_address_is_an_unknown_host(make_gate, make_teacher):
    ruling = make_gate("internal_research").judge_teacher(make_teacher(SMOL, provider="acme"), "generate")
    assert ruling.reason_codes == ("UNKNOWN_HOST",)


@pytest.mark.parametrize(
    "url", ["http://localhost:1", "http://[::1]:1", "http://10.0.0.7", "http://vllm:8000", "http://0.0.0.0:8000"]
)
def test_a_private_host_has_to_be_declared(make_gate, make_teacher, url):
    gate = make_gate("internal_research")
    refused = gate.judge_teacher(make_teacher(SMOL, url), "generate")
    assert summary(refused) == ("unknown", True, ("UNKNOWN_HOST",))
    assert "set self_hosted: true" in refused.explanation
    assert not gate.judge_teacher(make_teacher(SMOL, url, self_hosted=True), "generate").blocked


@pytest.mark.parametrize("url", ["https://api.deepseek.com", "https://llm.example.net", "http://8.8.8.8"])
def test_a_public_host_may_not_claim_to_be_ones_own(make_gate, make_teacher, url):
    teacher = make_teacher("deepseek-chat", url, self_hosted=True)
    ruling = make_gate("internal_research").judge_teacher(teacher, "generate")
    assert ruling.blocked
    assert "SELF_HOSTED_PUBLIC_HOST" in ruling.reason_codes


def test_a_public_host_of_ones_own_is_declared_by_a_terms_file(write_terms, make_gate, make_teacher):
    note = "We run it."
    folder = write_terms(
        "our-server",
        kind="service-terms",
        matches={"hosts": ["llm.example.net"], "requires_self_hosted": True},
        documents=None,
        clauses=None,
        rules={use: {"verdict": "allowed", "basis": "policy-choice", "note": note} for use in SIX},
    )
    gate = make_gate("weights_release", terms=load_terms(folder))
    teacher = make_teacher(SMOL, "https://llm.example.net", self_hosted=True)
    assert summary(gate.judge_teacher(teacher, "generate")) == ("allowed", False, ())


def test_a_users_file_for_a_shipped_host_applies_beside_the_shipped_one(write_terms, make_gate, make_teacher):
    rules = {use: {"verdict": "allowed", "basis": "policy-choice", "note": "Surely."} for use in SIX}
    service = {"kind": "service-terms", "documents": None, "clauses": None, "rules": rules}
    for host in ("api.openai.com", "eu.api.openai.com"):
        folder = write_terms("mine", matches={"hosts": [host]}, **service)
        gate = make_gate("competing_model", terms=load_terms(folder))
        ruling = gate.judge_teacher(make_teacher("gpt-5", f"https://{host}"), "generate")
        assert ruling.verdict == "prohibited"
        assert ruling.policies[0] == "openai-services-agreement"


def test_an_empty_address_is_not_the_providers_own(make_gate, make_teacher):
    teacher = make_teacher("gpt-5", "")
    assert "UNKNOWN_HOST" in make_gate("internal_research").judge_teacher(teacher, "generate").reason_codes


def test_a_label_says_nothing_about_the_host(make_gate, make_teacher):
    teacher = make_teacher("gpt-4o", "https://llm-gw.example.net/v1", id="openai")
    ruling = make_gate("internal_research").judge_teacher(teacher, "generate")
    assert summary(ruling) == ("unknown", True, ("UNKNOWN_HOST", "UNKNOWN_MODEL"))


def test_a_key_in_the_url_is_refused_and_not_repeated(make_gate, make_teacher):
    teacher = make_teacher("deepseek-chat", "https://me:hunter2@api.deepseek.com")
    ruling = make_gate("internal_research").judge_teacher(teacher, "generate")
    assert ruling.blocked
    assert "hunter2" not in repr(ruling)


# --- which licence binds


@pytest.mark.parametrize("model", ["gpt-oss-20b", "openai/gpt-oss-120b", "gpt-oss:20b"])
def test_open_weights_of_openai_are_not_caught_by_its_service_terms(make_gate, local, model):
    ruling = make_gate(*SIX).judge_teacher(local(model), "generate")
    assert summary(ruling) == ("allowed", False, ())
    assert ruling.policies == ("self-hosted", "gpt-oss")


@pytest.mark.parametrize("model", ["gpt-4o", "acme/unheard-of", "qwen3-max", "deepseek-r1:70b", "deepseek-v3.1"])
def test_a_model_without_a_known_licence_is_blocked(make_gate, local, model):
    assert summary(make_gate("internal_research").judge_teacher(local(model), "generate")) == (
        "unknown",
        True,
        ("UNKNOWN_MODEL",),
    )


def test_a_folder_is_unknown_and_the_message_says_how_to_name_its_licence(make_gate, make_teacher):
    for model in ("/models/smollm2-135m", "./smollm2-135m", "huggingfacetb/smollm2-135m/../../evil"):
        ruling = make_gate("internal_research").judge_teacher(make_teacher(model, provider="transformers"), "generate")
        assert "UNKNOWN_MODEL" in ruling.reason_codes
        assert "policy.terms" in ruling.explanation
        assert model in ruling.explanation


def test_what_a_server_reports_is_judged_in_place_of_what_was_asked(make_gate, local):
    gate = make_gate("internal_research")
    assert gate.judge_teacher(local(SMOL), "request", model="acme/other").reason_codes == ("UNKNOWN_MODEL",)


def test_a_derived_model_answers_to_its_base_and_stays_unknown(make_gate, local):
    ruling = make_gate("internal_research").judge_teacher(local("acme/llama-3.1-8b-tuned"), "generate")
    assert ruling.verdict == "unknown"
    assert "UNKNOWN_MODEL" in ruling.reason_codes
    assert "llama3.1" in ruling.policies


def test_an_adapter_has_to_be_vouched_for(make_gate, make_teacher):
    teacher = make_teacher(SMOL, provider="transformers", adapter="runs/adapter")
    refused = make_gate("internal_research").judge_teacher(teacher, "generate")
    assert summary(refused) == ("unknown", True, ("UNKNOWN_ADAPTER",))
    assert not make_gate("internal_research").judge_teacher(teacher, "evaluate").blocked
    assert (
        not make_gate("internal_research", attest=("adapter_terms_known",)).judge_teacher(teacher, "generate").blocked
    )


def test_an_alias_of_the_host_is_matched_beside_the_name(write_terms, make_gate, make_teacher):
    note = "We run it."
    folder = write_terms(
        "our-server",
        kind="service-terms",
        matches={
            "hosts": ["10.0.0.7/32"],
            "requires_self_hosted": True,
            "model_aliases": {"Prod": SMOL, "trick": "llama-2-7b"},
        },
        documents=None,
        clauses=None,
        rules={use: {"verdict": "allowed", "basis": "policy-choice", "note": note} for use in SIX},
    )
    gate = make_gate("weights_release", terms=load_terms(folder))
    assert not gate.judge_teacher(make_teacher("prod", "http://10.0.0.7", self_hosted=True), "generate").blocked
    tricked = gate.judge_teacher(make_teacher("trick", "http://10.0.0.7", self_hosted=True), "generate")
    assert tricked.verdict == "prohibited"


# --- what providers say


@pytest.mark.parametrize("use", ["competing_model", "weights_release"])
def test_openai_prohibits(make_gate, make_teacher, use):
    assert make_gate(use).judge_teacher(make_teacher("gpt-5"), "generate").verdict == "prohibited"


def test_openai_on_a_statement(make_gate, make_teacher):
    uses = ("internal_research", "commercial_use")
    silent = make_gate(*uses).judge_teacher(make_teacher("gpt-5"), "generate")
    assert summary(silent) == ("conditional", False, ("CONDITIONS_PENDING",))
    assert "student_not_competing" in silent.explanation
    attested = make_gate(*uses, attest=("student_not_competing",)).judge_teacher(make_teacher("gpt-5"), "generate")
    assert summary(attested) == ("conditional", False, ("CONDITIONS_MET",))


def test_openai_permitted_exception(make_gate, make_teacher):
    teacher = make_teacher("gpt-5-mini")
    kept = make_gate("internal_product_noncompeting", student={"class": "classifier"}).judge_teacher(
        teacher, "generate"
    )
    assert summary(kept) == ("conditional", False, ("CONDITIONS_MET",))
    assert kept.policies == ("openai-services-agreement", "openai-permitted-exception")
    released = make_gate("weights_release", student={"class": "classifier"}).judge_teacher(teacher, "publish")
    assert released.verdict == "prohibited"
    assert "CONDITION_UNMET" in released.reason_codes


def test_the_stricter_of_two_documents_decides_and_follows_the_model(make_gate, make_teacher):
    gate = make_gate("internal_research", attest=("student_not_competing",))
    direct = gate.judge_teacher(make_teacher("claude-sonnet-4-6", provider="anthropic-messages"), "generate")
    assert direct.verdict == "prohibited"
    assert {"PROHIBITED_EXPRESS", "STRICTER_DOCUMENT_WINS"} <= set(direct.reason_codes)
    assert direct.policies == ("anthropic-commercial", "anthropic-usage-policy")
    for model in ("us.anthropic.claude-sonnet-4", "anthropic/claude-3.5-sonnet", "x/claude-3"):
        resold = gate.judge_teacher(make_teacher(model, "https://reseller.example.net"), "generate")
        assert resold.verdict == "prohibited"
        assert "anthropic-usage-policy" in resold.policies


def test_deepseek_asks_for_a_label_on_a_published_set(make_gate, make_teacher):
    teacher = make_teacher("deepseek-reasoner", "https://api.deepseek.com")
    rest = tuple(use for use in SIX if use != "dataset_release")
    assert summary(make_gate(*rest).judge_teacher(teacher, "generate")) == ("allowed", False, ())
    ruling = make_gate(*SIX).judge_teacher(teacher, "generate")
    assert summary(ruling) == ("conditional", False, ("CONDITIONS_PENDING",))
    assert ruling.conditions == (
        "The published set says that its content was generated by artificial intelligence. [deepseek-platform]",
    )


@pytest.mark.parametrize(
    ("model", "policy"),
    [
        ("deepseek-ai/DeepSeek-R1", "deepseek-r1"),
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "deepseek-r1"),
        ("deepseek-ai/DeepSeek-V3", "deepseek-la-1.0"),
        ("Qwen/Qwen3-8B", "qwen3"),
        ("zai-org/GLM-4.5-Air", "glm-4.5"),
        ("meta-llama/Llama-2-7b-chat-hf", "llama2"),
        ("codellama/CodeLlama-7b-hf", "llama2"),
        ("meta-llama/Meta-Llama-3-8B-Instruct", "llama3"),
        ("llama3:8b", "llama3"),
        ("meta.llama3-8b-instruct-v1:0", "llama3"),
        ("meta-llama/Meta-Llama-3.1-8B-Instruct", "llama3.1"),
        ("llama3.1:8b", "llama3.1"),
        ("meta.llama3-1-8b-instruct-v1:0", "llama3.1"),
        ("meta-llama/Llama-3.2-1B", "llama3.2"),
        ("meta-llama/Llama-3.3-70B-Instruct", "llama3.3"),
        ("meta-llama/Llama-4-Scout-17B-16E-Instruct", "llama4"),
    ],
)
def test_a_model_finds_its_licence_and_no_other(make_gate, local, model, policy):
    ruling = make_gate("internal_research").judge_teacher(local(model), "generate")
    assert ruling.policies[:2] == ("self-hosted", policy)
    assert len([one for one in ruling.policies if not one.startswith(policy)]) == 1
    assert "UNKNOWN_MODEL" not in ruling.reason_codes


@pytest.mark.parametrize("model", ["meta-llama/Llama-2-7b-hf", "meta-llama/Meta-Llama-3-8B"])
def test_llama_2_and_3_forbid_what_later_versions_allow(make_gate, local, model):
    for use in SIX:
        assert make_gate(use).judge_teacher(local(model), "generate").verdict == "prohibited"
    later = make_gate("competing_model", attest=(MAU31,)).judge_teacher(local("meta-llama/Llama-3.1-8B"), "generate")
    assert summary(later) == ("conditional", False, ("CONDITIONS_MET",))


def test_llama_3_may_improve_its_own_family(make_gate, local):
    teacher = local("meta-llama/Meta-Llama-3-70B-Instruct")
    attest = ("mau_at(2024-04-18)<=700M",)
    family = make_gate("internal_research", attest=attest, student_base="meta-llama/Meta-Llama-3-8B")
    assert summary(family.judge_teacher(teacher, "generate")) == (
        "conditional",
        False,
        ("EXCEPTION_SAME_FAMILY", "CONDITIONS_MET"),
    )
    other = make_gate("internal_research", attest=attest, student_base="meta-llama/Llama-3.1-8B")
    assert "CONDITION_UNMET" in other.judge_teacher(teacher, "generate").reason_codes


def test_the_vision_models_of_llama_3_2_ask_for_a_domicile(make_gate, local):
    attest = ("mau_at(2024-09-25)<=700M",)
    gate = make_gate("internal_research", attest=attest)
    text = gate.judge_teacher(local("meta-llama/Llama-3.2-3B"), "generate")
    vision = gate.judge_teacher(local("meta-llama/Llama-3.2-11B-Vision-Instruct"), "generate")
    assert summary(text) == ("conditional", False, ("CONDITIONS_MET",))
    assert summary(vision) == ("conditional", False, ("CONDITIONS_PENDING",))
    assert any("domicile" in condition for condition in vision.conditions)


@pytest.mark.parametrize(
    ("stage", "name", "distributed", "blocked"),
    [
        ("generate", "acme-8b", True, False),
        ("train", "acme-8b", True, False),
        ("publish", "acme-8b", True, True),
        ("export+publish", "acme-8b", True, True),
        ("publish", "Llama-acme-8b", True, False),
        ("train", "acme-8b", False, False),
    ],
)
def test_a_prescribed_name_is_due_when_the_student_is_published(make_gate, local, stage, name, distributed, blocked):
    use = "weights_release" if distributed else "internal_research"
    gate = make_gate(use, attest=(MAU31,), student={"name": name, "distributed": distributed})
    ruling = gate.judge_teacher(local("meta-llama/Llama-3.1-8B-Instruct"), stage)
    assert ruling.blocked is blocked
    assert ("CONDITION_UNMET" in ruling.reason_codes) is blocked


# --- the student's base


def test_the_licence_of_the_base_travels_with_the_weights(make_gate):
    ruling = make_gate("internal_research", "weights_release").judge_model(SMOL, "train")
    assert summary(ruling) == ("conditional", False, ("CONDITIONS_PENDING",))
    assert ruling.subject == "student:student"
    assert "Apache-2.0 licence text" in ruling.conditions[0]
    assert summary(make_gate("internal_research").judge_model(SMOL, "train")) == ("allowed", False, ())


def test_a_base_is_not_judged_for_a_data_set_that_holds_nothing_of_it(make_gate):
    gate = make_gate("internal_research", "dataset_release", attest=("mau_at(2024-04-18)<=700M",))
    assert not gate.judge_model("meta-llama/Meta-Llama-3-8B", "train").blocked
    assert not make_gate("dataset_release").judge_model(SMOL, "train").blocked
    assert make_gate("dataset_release").judge_model("acme/unknown", "train").blocked


# --- data sets


@pytest.mark.parametrize(
    ("licence", "uses", "verdict", "codes"),
    [
        ("own", SIX, "allowed", ()),
        ("CC0-1.0", SIX, "allowed", ()),
        ("Apache-2.0", ("internal_research", "weights_release", "commercial_use"), "allowed", ()),
        ("mit", SIX, "conditional", ("CONDITIONS_PENDING",)),
        ("BSD-3-Clause", SIX, "conditional", ("CONDITIONS_PENDING",)),
        ("CC-BY-4.0", SIX, "conditional", ("CONDITIONS_PENDING",)),
        ("CC-BY-NC-4.0", ("internal_research",), "allowed", ()),
        ("CC-BY-NC-4.0", ("dataset_release",), "conditional", ("CONDITIONS_PENDING",)),
        ("CC-BY-NC-4.0", ("commercial_use",), "prohibited", ("PROHIBITED_EXPRESS", "NC_COMMERCIAL")),
        ("CC-BY-NC-SA-4.0", ("commercial_use",), "prohibited", ("PROHIBITED_EXPRESS", "NC_COMMERCIAL")),
        ("CC-BY-NC-4.0 OR MIT", ("commercial_use",), "allowed", ()),
        ("CC-BY-NC-4.0 AND MIT", ("commercial_use",), "prohibited", ("PROHIBITED_EXPRESS", "NC_COMMERCIAL")),
        ("CC-BY-ND-4.0", ("internal_research",), "unknown", ("UNKNOWN_LICENCE",)),
        ("BSD-3-Clause-No-Nuclear-License", ("internal_research",), "unknown", ("UNKNOWN_LICENCE",)),
        ("MIT WITH LLVM-exception", ("internal_research",), "unknown", ("UNKNOWN_LICENCE",)),
        ("proprietary", ("internal_research",), "unknown", ("UNKNOWN_LICENCE",)),
        ("MIT AND", ("internal_research",), "unknown", ("UNKNOWN_LICENCE",)),
        (None, ("internal_research",), "allowed", ("LICENCE_NOT_STATED",)),
        (None, ("dataset_release",), "unknown", ("UNKNOWN_TERMS", "LICENCE_NOT_STATED")),
        (None, ("weights_release",), "unknown", ("UNKNOWN_TERMS", "LICENCE_NOT_STATED")),
        ("NONE", ("commercial_use",), "unknown", ("UNKNOWN_TERMS", "LICENCE_NOT_STATED")),
    ],
)
def test_data_sets(make_gate, licence, uses, verdict, codes):
    ruling = make_gate(*uses).judge_dataset("set", licence, "generate")
    assert (ruling.verdict, ruling.reason_codes) == (verdict, codes)
    assert ruling.blocked is (verdict in {"unknown", "prohibited"})
    assert ruling.subject == "dataset:set"


def test_a_commercial_use_breaks_what_is_non_commercial_only(make_gate):
    ruling = make_gate("dataset_release", "commercial_use").judge_dataset("set", "CC-BY-NC-4.0", "export")
    assert {"NC_COMMERCIAL", "CONDITION_UNMET"} <= set(ruling.reason_codes)


# --- dates


def test_stale_terms_block_what_is_new_but_not_what_only_reads(make_gate, make_teacher):
    gate = make_gate("internal_research", today=datetime.date(2027, 2, 22))
    teacher = make_teacher("deepseek-chat", "https://api.deepseek.com")
    for stage in ("plan", "generate", "export", "train", "publish"):
        assert summary(gate.judge_teacher(teacher, stage)) == ("unknown", True, ("STALE_POLICY",))
    assert summary(gate.judge_teacher(teacher, "filter")) == ("allowed", False, ("STALE_POLICY",))
    last_day = make_gate("internal_research", today=datetime.date(2027, 2, 21))
    assert not last_day.judge_teacher(teacher, "generate").blocked


def test_a_prohibition_stays_one_when_it_goes_stale(make_gate, make_teacher):
    gate = make_gate("competing_model", today=datetime.date(2028, 1, 1))
    assert summary(gate.judge_teacher(make_teacher("gpt-5"), "generate")) == (
        "prohibited",
        True,
        ("PROHIBITED_EXPRESS", "STALE_POLICY"),
    )


def test_weights_under_a_listed_licence_never_go_stale(make_gate, local):
    gate = make_gate(*SIX, today=datetime.date(2040, 1, 1))
    assert not gate.judge_teacher(local(SMOL), "generate").blocked


# --- what is handed on


def test_an_explanation_names_clause_date_and_mend(make_gate, make_teacher):
    text = make_gate("competing_model").judge_teacher(make_teacher("gpt-5"), "generate").explanation
    for part in (
        "openai-services-agreement",
        "§3.3(e)",
        "compete with OpenAI",
        "2026-11-23",
        "What to do",
        "not legal",
    ):
        assert part in text


def test_the_same_decision_keeps_its_id(make_gate, local):
    ruling = make_gate("internal_research").judge_teacher(local(SMOL), "generate")
    again = make_gate("internal_research").judge_teacher(local(SMOL), "generate")
    other = make_gate("commercial_use").judge_teacher(local(SMOL), "generate")
    first = ruling.decision("run-1", "2026-11-23T10:00:00Z")
    assert first.decision_id == again.decision("run-2", "2026-11-24T10:00:00Z").decision_id
    assert first.decision_id != other.decision("run-1", "2026-11-23T10:00:00Z").decision_id
    assert (first.run_id, first.created_at, first.subject) == ("run-1", "2026-11-23T10:00:00Z", "teacher:t")
    assert msgspec.json.decode(msgspec.json.encode(first), type=type(first)) == first


CONFIG = {
    "schema_version": 1,
    "workspace": "run",
    "use": {"purposes": ["internal_research"]},
    "problems": [{"path": "p.jsonl", "license": "MIT"}],
    "teachers": [{"id": "t", "provider": "transformers", "model": SMOL}],
}


def test_a_gate_from_a_configuration(write_terms, tmp_path):
    folder = write_terms("acme")
    assert folder == tmp_path / "terms"
    plain = Gate.from_config(Config.model_validate(CONFIG), tmp_path)
    extended = Gate.from_config(Config.model_validate(CONFIG | {"policy": {"terms": "terms"}}), tmp_path)
    assert not plain.judge_teacher(Config.model_validate(CONFIG).teachers[0], "generate").blocked
    assert plain.policy_digest != extended.policy_digest
    assert plain.judge_model("acme/one", "train").blocked
    assert not extended.judge_model("acme/one", "train").blocked


WATCHED = """
import os, sys
from pathlib import Path
import yaml
from tracestill.pipeline.config import Config
from tracestill.policies.gate import Gate

def hook(event, args):
    if event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.putenv")):
        raise RuntimeError(event)

class Watched:
    def __getattribute__(self, name):
        raise RuntimeError("environment read")
    def __getitem__(self, key):
        raise RuntimeError("environment read")
    __contains__ = __iter__ = __getitem__

sys.addaudithook(hook)
os.environ = os.environb = Watched()
try:
    os.getenv("OPENAI_API_KEY")
except RuntimeError:
    pass
else:
    raise SystemExit("the watch does not work")
config = Config.model_validate(yaml.safe_load(sys.argv[1]))
gate = Gate.from_config(config, Path())
rulings = [gate.judge_teacher(teacher, "generate") for teacher in config.teachers]
rulings += [gate.judge_model("HuggingFaceTB/SmolLM2-135M", "train"), gate.judge_dataset("s", "MIT", "generate")]
print(*(ruling.blocked for ruling in rulings))
"""


def test_a_decision_opens_no_socket_and_reads_no_environment(tmp_path):
    teachers = [
        {"id": "closed", "provider": "anthropic-messages", "model": "claude-4", "api_key_env": "OPENAI_API_KEY"},
        {"id": "resold", "provider": "openai-chat", "model": "claude-3", "base_url": "https://reseller.example.net"},
        {"id": "here", "provider": "openai-chat", "model": SMOL, "base_url": "http://localhost:1", "self_hosted": True},
    ]
    config = yaml.safe_dump(CONFIG | {"teachers": teachers})
    script = tmp_path / "watched.py"
    script.write_text(WATCHED)
    done = subprocess.run(
        [sys.executable, str(script), config], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["True", "True", "False", "False", "False"]
