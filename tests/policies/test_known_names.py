"""Well-known models, hosts and data sets find the terms that speak of them, and no others."""

from __future__ import annotations

import pytest
from tracestill.policies.hosts import parse_host

MODELS = {
    # publishers' own names
    "meta-llama/Llama-2-7b-chat-hf": {"llama2"},
    "codellama/CodeLlama-7b-hf": {"llama2"},
    "meta-llama/Meta-Llama-3-8B-Instruct": {"llama3"},
    "meta-llama/Meta-Llama-3.1-8B-Instruct": {"llama3.1"},
    "meta-llama/Llama-3.1-405B": {"llama3.1"},
    "meta-llama/Llama-3.2-1B": {"llama3.2"},
    "meta-llama/Llama-3.2-11B-Vision-Instruct": {"llama3.2", "llama3.2-vision"},
    "meta-llama/Llama-3.3-70B-Instruct": {"llama3.3"},
    "meta-llama/Llama-4-Scout-17B-16E-Instruct": {"llama4"},
    "huggyllama/llama-7b": {"llama1"},
    "deepseek-ai/DeepSeek-R1": {"deepseek-r1"},
    "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B": {"deepseek-r1"},
    "deepseek-ai/DeepSeek-R1-Distill-Llama-8B": {"deepseek-r1-distill-llama", "llama3.1"},
    "deepseek-ai/DeepSeek-R1-Distill-Llama-70B": {"deepseek-r1-distill-llama", "llama3.3"},
    "deepseek-ai/DeepSeek-V3": {"deepseek-la-1.0"},
    "deepseek-ai/DeepSeek-Coder-V2-Instruct": {"deepseek-la-1.0"},
    "nvidia/Llama-3.1-Nemotron-70B-Instruct-HF": {"nemotron-oml", "llama3.1"},
    "nvidia/Llama-3_3-Nemotron-Super-49B-v1": {"nemotron-oml", "llama3.3"},
    "nvidia/NVIDIA-Nemotron-Nano-9B-v2": {"nemotron-oml"},
    "google/gemma-2b-it": {"gemma1-3"},
    "google/gemma-2-9b-it": {"gemma1-3"},
    "google/gemma-3-27b-it": {"gemma1-3"},
    "google/gemma-3n-E4B-it": {"gemma1-3"},
    "google/codegemma-7b": {"gemma1-3"},
    "Qwen/Qwen3-8B": {"qwen3"},
    "Qwen/Qwen2.5-72B-Instruct": {"qwen-2024"},
    "Qwen/Qwen2-72B-Instruct": {"qwen-2024", "tongyi-2023"},
    "Qwen/Qwen-7B-Chat": {"tongyi-2023"},
    "Qwen/Qwen1.5-14B": {"tongyi-2023"},
    "mistralai/Codestral-22B-v0.1": {"mistral-mnpl"},
    "mistralai/Mistral-Large-Instruct-2407": {"mistral-mrl"},
    "mistralai/Ministral-8B-Instruct-2410": {"mistral-mrl"},
    "databricks/dbrx-instruct": {"dbrx"},
    "openai/gpt-oss-20b": {"gpt-oss"},
    "moonshotai/Kimi-K2-Instruct": {"kimi-k2"},
    "MiniMaxAI/MiniMax-M2": {"minimax-m2"},
    "MiniMaxAI/MiniMax-Text-01": {"minimax-01"},
    "zai-org/GLM-4.5-Air": {"glm-4.5"},
    "01-ai/Yi-1.5-34B-Chat": {"yi"},
    "tiiuae/falcon-11B": {"falcon2"},
    "bigcode/starcoder2-15b": {"starcoder-openrail"},
    "xai-org/grok-1": {"grok1"},
    "xai-org/grok-2": {"grok2"},
    "CohereLabs/c4ai-command-r-plus-08-2024": {"command-r"},
    "CohereForAI/aya-23-8B": {"command-r"},
    "HuggingFaceTB/SmolLM2-135M-Instruct": {"smollm2"},
    # names that hosts and local servers use
    "llama3.1:8b": {"llama3.1"},
    "llama3:70b": {"llama3"},
    "qwen3:8b": {"qwen3"},
    "qwen2.5:72b": {"qwen-2024"},
    "gemma3:27b": {"gemma1-3"},
    "gemma2:9b": {"gemma1-3"},
    "deepseek-r1:671b": {"deepseek-r1"},
    "gpt-oss:120b": {"gpt-oss"},
    "command-r:35b": {"command-r"},
    "starcoder2:7b": {"starcoder-openrail"},
    "us.meta.llama3-3-70b-instruct-v1:0": {"llama3.3"},
    "meta.llama3-1-8b-instruct-v1:0": {"llama3.1"},
    "meta.llama3-8b-instruct-v1:0": {"llama3"},
    "llama-3.3-70b-versatile": {"llama3.3"},
    "meta-llama/Llama-3.3-70B-Instruct-Turbo": {"llama3.3"},
    "us.anthropic.claude-sonnet-4-20250514-v1:0": {"anthropic-usage-policy"},
    "anthropic/claude-sonnet-4": {"anthropic-usage-policy"},
}
UNREAD = {
    # recognised, with nothing known of them
    "google/gemma-4-31b-it": {"gemma4"},
    "deepseek-ai/DeepSeek-V3.1": {"deepseek-v3-later"},
    "deepseek-ai/DeepSeek-V3-0324": {"deepseek-v3-later"},
    "Qwen/Qwen2.5-3B-Instruct": {"qwen-research"},
    "qwen2.5-coder:3b": {"qwen-research"},
    "mistralai/Mistral-7B-Instruct-v0.3": {"mistral-apache"},
    "mistralai/Mixtral-8x7B-Instruct-v0.1": {"mistral-apache"},
    "mistral:7b": {"mistral-apache"},
    "microsoft/phi-4": {"phi"},
    "phi3:mini": {"phi"},
    "allenai/OLMo-2-1124-7B": {"olmo"},
}
NOBODYS = (
    # the tag hides which model was distilled
    "deepseek-r1:8b",
    "deepseek-r1:70b",
    # offered as a service only
    "qwen3-max",
    "gpt-5",
    "gemini-3-pro",
    "grok-4",
    # came after what was read, or bears another licence
    "moonshotai/Kimi-K2.5",
    "moonshotai/Kimi-K2-Thinking",
    "nvidia/OpenMath-Nemotron-32B",
    "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B",
    "MiniMaxAI/MiniMax-M2.1",
    "tiiuae/falcon-40b",
    "Qwen/Qwen2.5-7B-Instruct",
    # alike by name only
    "acme/mayan-7b",
    "acme/llama-guard",
)
HOSTS = {
    "https://api.openai.com/v1": "openai-services-agreement",
    "https://eu.api.openai.com/v1": "openai-services-agreement",
    "https://chatgpt.com": "openai-terms-of-use",
    "https://api.anthropic.com": "anthropic-commercial",
    "https://claude.ai": "anthropic-consumer",
    "https://generativelanguage.googleapis.com/v1beta": "google-gemini-api",
    "https://gemini.google.com": "google-tos",
    "https://aiplatform.googleapis.com": "google-cloud-vertex",
    "https://us-central1-aiplatform.googleapis.com/v1": "google-cloud-vertex",
    "https://copilot.microsoft.com": "microsoft-services-agreement",
    "https://acme.openai.azure.com/openai": "azure-openai",
    "https://acme.services.ai.azure.com": "azure-openai",
    "https://models.inference.ai.azure.com": "github-models",
    "https://models.github.ai/inference": "github-models",
    "https://bedrock-runtime.us-east-1.amazonaws.com": "aws-bedrock",
    "https://bedrock.eu-central-1.amazonaws.com": "aws-bedrock",
    "https://api.mistral.ai/v1": "mistral-commercial",
    "https://codestral.mistral.ai/v1": "mistral-commercial",
    "https://api.cohere.com/v2": "cohere-saas",
    "https://api.x.ai/v1": "xai-enterprise",
    "https://api.deepseek.com": "deepseek-platform",
    "https://chat.qwen.ai": "qwen-chat",
    "https://dashscope.aliyuncs.com/v1": "alibaba-model-studio",
    "https://dashscope-intl.aliyuncs.com/v1": "alibaba-model-studio",
    "https://kimi.com": "kimi-consumer",
    "https://api.llama.com/v1": "meta-model-api",
    "https://api.together.xyz/v1": "together",
    "https://api.fireworks.ai/inference/v1": "fireworks",
    "https://openrouter.ai/api/v1": "openrouter",
    "https://api.perplexity.ai": "perplexity",
    "https://api.groq.com/openai/v1": "groq",
    "https://integrate.api.nvidia.com/v1": "nvidia-api-trial",
    "http://10.0.0.7:8000/v1": "self-hosted",
    "https://bedrock-runtime.us-east-1.amazonaws.com.evil.example": None,
    "https://s3.amazonaws.com": None,
    "https://evil-aiplatform.example.com": None,
    "https://api.moonshot.ai/v1": None,
}
DATASETS = {
    "openai/gsm8k": {"gsm8k"},
    "hendrycks/competition_math": {"hendrycks-math"},
    "EleutherAI/hendrycks_math": {"hendrycks-math"},
    "codeparrot/apps": {"apps"},
    "deepmind/code_contests": {"code-contests"},
    "BAAI/TACO": {"taco"},
    "google-research-datasets/mbpp": {"mbpp"},
    "AI-MO/NuminaMath-CoT": {"numinamath-cot"},
    "AI-MO/NuminaMath-1.5": {"numinamath-cot"},
    "open-r1/OpenR1-Math-220k": {"openr1-math"},
    "allenai/tulu-3-sft-mixture": {"tulu3"},
    "simplescaling/s1K": {"s1k"},
    "simplescaling/s1K_tokenized": {"s1k"},
    "simplescaling/s1K-1.1": {"s1k-1.1"},
    "simplescaling/s1K-1.1_tokenized": {"s1k-1.1"},
    "HuggingFaceH4/aime_2024": {"aime"},
    "AI-MO/aimo-validation-amc": {"aime"},
    "greengerong/leetcode": {"leetcode"},
    "acme/claimed-problems": set(),
    "acme/maps": set(),
}


def _licences(shipped, model):
    return {terms.id for terms in shipped.for_model([model])}


@pytest.mark.parametrize("model", MODELS)
def test_a_model_finds_its_terms(shipped, model):
    assert _licences(shipped, model) == MODELS[model]
    service = {"anthropic-usage-policy"} >= MODELS[model]
    assert shipped.knows_model([model]) is not service


@pytest.mark.parametrize("model", UNREAD)
def test_a_model_whose_licence_was_not_read_is_unknown_for_every_use(shipped, make_gate, local, model):
    assert _licences(shipped, model) == UNREAD[model]
    ruling = make_gate("internal_research").judge_teacher(local(model), "generate")
    assert (ruling.verdict, ruling.blocked, ruling.reason_codes) == (
        "unknown",
        True,
        ("UNKNOWN_TERMS", "UNKNOWN_MODEL"),
    )


@pytest.mark.parametrize("model", NOBODYS)
def test_a_model_that_only_looks_alike_finds_nothing(shipped, model):
    assert _licences(shipped, model) == set()


@pytest.mark.parametrize("url", HOSTS)
def test_a_host_finds_its_terms(shipped, url):
    found = [terms.id for terms in shipped.for_host(parse_host(url))]
    assert found == ([HOSTS[url]] if HOSTS[url] else [])


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_data_set_finds_its_terms(shipped, dataset):
    assert {one.id for one in shipped.for_dataset([dataset])} == DATASETS[dataset]


@pytest.mark.parametrize(
    ("revision", "expected"),
    [(None, "numinamath-cot"), ("0" * 40, "numinamath-cot"), ("e8b6aad" + "0" * 33, "numinamath-cot-2024-07")],
)
def test_one_revision_of_numinamath_has_another_licence(shipped, revision, expected):
    assert [one.id for one in shipped.for_dataset(["AI-MO/NuminaMath-CoT"], revision)] == [expected]


@pytest.mark.parametrize(
    ("dataset", "use", "verdict"),
    [
        ("simplescaling/s1K", "competing_model", "prohibited"),
        ("simplescaling/s1K-1.1", "competing_model", "allowed"),
        ("openai/gsm8k", "commercial_use", "allowed"),
        ("hendrycks/competition_math", "dataset_release", "prohibited"),
        ("BAAI/TACO", "dataset_release", "unknown"),
        ("HuggingFaceH4/aime_2024", "internal_research", "unknown"),
        ("allenai/tulu-3-sft-mixture", "commercial_use", "unknown"),
    ],
)
def test_a_data_set_is_judged_by_its_name(make_gate, dataset, use, verdict):
    assert make_gate(use).judge_dataset(dataset, None, "generate").verdict == verdict


def test_what_a_host_calls_a_model_leads_to_known_names(shipped):
    """An alias that led nowhere would be a name that was mistyped."""
    aliases = [(one.id, target) for one in shipped.all for target in one.matches.model_aliases.values()]
    assert len(aliases) >= 30
    assert [pair for pair in aliases if not shipped.for_model([pair[1]])] == []


@pytest.mark.parametrize(
    ("url", "model", "blocked"),
    [
        ("https://api.mistral.ai/v1", "mistral-large-latest", False),
        ("https://api.mistral.ai/v1", "mistral-small-2506", False),
        ("https://api.mistral.ai/v1", "labs-something", True),
        ("https://api.mistral.ai/v1", "mistral-large-preview", True),
        ("https://api.together.xyz/v1", "Qwen/Qwen3-32B", False),
        ("https://api.together.xyz/v1", "acme/unheard-of", True),
        ("https://api.fireworks.ai/inference/v1", "accounts/fireworks/models/qwen3-235b-a22b", False),
        ("https://api.fireworks.ai/inference/v1", "accounts/fireworks/models/llama-v3-8b-instruct", True),
        ("https://api.fireworks.ai/inference/v1", "accounts/fireworks/models/something-else", True),
        ("https://generativelanguage.googleapis.com/v1beta", "gemini-3-pro", False),
        ("https://api.groq.com/openai/v1", "openai/gpt-oss-120b", True),
        ("https://bedrock-runtime.us-east-1.amazonaws.com", "openai.gpt-oss-120b-1:0", True),
        ("https://openrouter.ai/api/v1", "meta-llama/llama-3.1-8b-instruct", True),
        ("https://api.x.ai/v1", "grok-4", True),
    ],
)
def test_a_host_and_a_model_together(make_gate, make_teacher, url, model, blocked):
    ruling = make_gate("internal_research").judge_teacher(make_teacher(model, url), "generate")
    assert ruling.blocked is blocked, ruling.explanation


@pytest.mark.parametrize(
    ("upstream", "model", "blocked"),
    [
        ("together", "meta-llama/llama-3.1-8b-instruct", False),
        ("Mistral", "mistralai/mistral-medium-3", False),
        ("openai", "openai/gpt-5", False),
        ("google-ai-studio", "google/gemini-2.5-pro", False),
        ("deepseek", "deepseek/deepseek-r1", False),
        ("azure", "openai/gpt-5", True),
        ("groq", "openai/gpt-oss-120b", True),
        ("nobody-knows", "openai/gpt-oss-120b", True),
    ],
)
def test_an_aggregator_answers_to_whoever_it_is_bound_to(make_gate, make_teacher, upstream, model, blocked):
    routing = {"provider": {"only": [upstream], "allow_fallbacks": False}}
    teacher = make_teacher(model, "https://openrouter.ai/api/v1", extra_body=routing)
    ruling = make_gate("internal_research").judge_teacher(teacher, "generate")
    assert ruling.blocked is blocked, ruling.explanation


def test_llama_that_nvidia_tuned_answers_to_both(make_gate, local):
    teacher = local("nvidia/Llama-3.1-Nemotron-70B-Instruct-HF")
    attest = ("mau_at(2024-07-23)<=700M",)
    student = {"distributed": True, "name": "Acme-8B"}
    gate = make_gate("weights_release", attest=attest, student=student)
    ruling = gate.judge_teacher(teacher, "publish")
    assert {"llama3.1", "nemotron-oml"} <= set(ruling.policies)
    assert ruling.blocked  # the name has to begin with Llama, whatever NVIDIA allows
    assert not make_gate("dataset_release", attest=attest).judge_teacher(teacher, "generate").blocked


@pytest.mark.parametrize(
    ("teacher", "base", "attest"),
    [
        ("meta-llama/Llama-2-7b-hf", "meta-llama/Llama-2-13b-hf", "mau_at(2023-07-18)<=700M"),
        ("meta-llama/Meta-Llama-3-8B", "meta-llama/Meta-Llama-3-70B", "mau_at(2024-04-18)<=700M"),
        ("Qwen/Qwen-7B-Chat", "Qwen/Qwen-1_8B", "mau<=100M"),
    ],
)
def test_the_same_family_may_learn_from_and_be_published_with_a_notice(make_gate, local, teacher, base, attest):
    uses = ("internal_research", "competing_model", "dataset_release")
    ruling = make_gate(*uses, attest=(attest,), student_base=base).judge_teacher(local(teacher), "generate")
    assert (ruling.verdict, ruling.blocked) == ("conditional", False)
    assert "CONDITIONS_PENDING" in ruling.reason_codes
    other = make_gate(*uses, attest=(attest,), student_base="HuggingFaceTB/SmolLM2-135M")
    assert other.judge_teacher(local(teacher), "generate").verdict == "prohibited"
