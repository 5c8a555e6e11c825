"""What lies beside weights when they are passed on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tracestill.pipeline.commands.opening import open_plan
from tracestill.pipeline.lineage import judge_base
from tracestill.pipeline.training.about import weights_bundle
from tracestill.policies.notice import weights_notice

LLAMA = "meta-llama/Llama-3.1-8B-Instruct"


def test_weights_that_come_of_llama_carry_its_words_and_its_licence(project: Callable[..., Path]) -> None:
    teacher = {
        "id": "llama", "provider": "openai-chat", "base_url": "http://127.0.0.1:9/v1", "model": LLAMA,
        "self_hosted": True, "prompts": {"math": "math-cot"},
    }  # fmt: skip
    config = project(
        use={"purposes": ["internal_research"], "student": {"name": "Llama-sums", "distributed": True}},
        teachers=[teacher], policy={"attest": ["mau_at(2024-07-23)<=700M"]},
        train={"model": "HuggingFaceTB/SmolLM2-135M-Instruct"},
    )  # fmt: skip
    plan = open_plan(config, ())
    train = plan.config.train
    assert train is not None
    gate = plan.gate
    rulings = [
        gate.judge_teacher(plan.config.teachers[0], "train"),
        judge_base(train, gate, plan.base_dir, "train"),
    ]
    decisions = [ruling.decision("run", "2026-12-01T00:00:00Z") for ruling in rulings]
    outbound, bundle = weights_bundle(plan.config, decisions, gate.terms)
    assert outbound.expression == "Apache-2.0"
    assert bundle.licences.keys() == {"LICENSES/Apache-2.0.txt", "LICENSES/llama3.1.txt"}
    assert "Built with Llama" in {one.words for one in bundle.wordings}
    assert any("Llama" in one and "name" in one for one in bundle.statements)
    notice = weights_notice("Llama-sums", train.model, outbound, bundle)
    assert "Built with Llama" in notice
    assert "before these weights are passed on" in notice
