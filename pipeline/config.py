"""The configuration file as frozen models: one small class per concern, a line of meaning under each field.

Reading the file, its overrides and its error messages are in config_file.py.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from .records import Domain

Use = Literal[
    "internal_research",
    "internal_product_noncompeting",
    "competing_model",
    "dataset_release",
    "weights_release",
    "commercial_use",
]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
Prompts = dict[Domain, str]


DEFAULT_STUDENT_PROMPTS: Prompts = {"math": "math-cot", "code": "code-cot", "open": "open-cot"}
"""What a student is shown: the bare task, whatever its teacher was shown."""

DEFAULT_SERVERS = {
    "openai-chat": "https://api.openai.com/v1",
    "openai-responses": "https://api.openai.com/v1",
    "anthropic-messages": "https://api.anthropic.com",
}
"""Where a provider's own server is; a provider that is not here runs in process."""


class Concern(BaseModel):
    """Base of every part of the file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, use_attribute_docstrings=True)


class Student(Concern):
    """What is trained on the traces; several licences bind by what it is."""

    name: Name = "student"
    """Name of the student; some licences ask for a prefix."""
    class_: Literal["general", "classifier", "embedding", "narrow"] = Field(default="general", alias="class")
    """Kind of model: a general one, or one that can do a single thing."""
    distributed: bool = False
    """Whether anyone else will get it."""


class UseDeclaration(Concern):
    """What the outputs are for: what the policy gate judges. Nothing is inferred."""

    purposes: list[Use] = Field(min_length=1)
    """Every use that will be made of the traces or of what is trained on them."""
    student: Student = Student()
    """The model that will be trained."""


class Policy(Concern):
    """The user's own additions to the terms that ship with Tracestill."""

    terms: str | None = None
    """Folder of terms files that are added to the built-in ones; may tighten them, never loosen."""
    overrides: str | None = None
    """File of agreements that lift single clauses, each with approvers and an expiry date."""
    attest: list[str] = []
    """Facts that no machine can check and that somebody here vouches for."""


class ProblemSet(Concern):
    """Where problems come from."""

    path: str | None = None
    """A .jsonl, .parquet or .csv file (relative to this configuration file), or a Hub data set's name."""
    format: str | None = None
    """Which reader: jsonl, table, gsm8k, huggingface, arithmetic; null goes by the file's ending."""
    source: Name = "unknown"
    """Name of this set in every report."""
    license: str | None = None
    """Licence of the problems, as an SPDX expression."""
    split: Name = "train"
    """Split of lines that name none; lines of another split are left out."""
    domain: Domain = "math"
    """Domain of lines that name none."""
    on_error: Literal["stop", "skip"] = "stop"
    """What a line that is no problem does: stop the run before it costs anything, or be reported and skipped."""
    options: dict[str, Any] = {}
    """Settings of the reader itself; docs/problems.md lists them."""


class Sampling(Concern):
    """How many traces a problem gets, and how they are drawn."""

    k: int = Field(default=4, ge=1, le=10_000)
    """Traces per problem."""
    stop_after: int | None = Field(default=None, ge=1)
    """Ask no more for a problem once this many of its traces were accepted; null always asks for k."""
    n: int = Field(default=1, ge=1, le=1024)
    """Completions asked for in one request, where the server takes `n`; they share the prompt and a seed."""
    temperature: float | None = Field(default=0.7, ge=0, le=5)
    """Sampling temperature; null leaves it out of the request."""
    top_p: float | None = Field(default=0.95, gt=0, le=1)
    """Nucleus sampling; null leaves it out of the request."""
    max_tokens: int = Field(default=2048, ge=1)
    """Longest completion, reasoning included, in tokens."""
    seed: int = Field(default=0, ge=0, lt=2**31)
    """Each sample's seed is derived from this one, the problem and its index."""

    @model_validator(mode="after")
    def _stops_within_k(self) -> Self:
        if self.stop_after is not None and self.stop_after > self.k:
            raise ValueError(f"stop_after is {self.stop_after}, more than k ({self.k}): it would never be reached")
        return self


class Reasoning(Concern):
    """How much a reasoning model may think."""

    effort: str | None = None
    """Effort level in the provider's own words."""
    budget_tokens: int | None = Field(default=None, ge=1)
    """Most tokens for thinking, where the provider takes a number."""


class Limits(Concern):
    """What one teacher is asked at a time."""

    concurrency: int = Field(default=64, ge=1, le=100_000)
    """Completions in flight at most."""
    requests_per_minute: int | None = Field(default=None, ge=1)
    """Requests per minute at most."""
    tokens_per_minute: int | None = Field(default=None, ge=1)
    """Tokens per minute at most, prompt and completion together."""


class Endpoint(Concern):
    """One of several servers that hold the same model."""

    url: str
    """Its base URL."""
    limits: Limits | None = None
    """What this one is asked at a time; null takes the teacher's limits."""


class Timeouts(Concern):
    """When a request counts as lost, in seconds."""

    connect_s: float = Field(default=10, gt=0)
    """Until the connection stands."""
    total_s: float = Field(default=600, gt=0)
    """Until the whole answer is there."""


class Retries(Concern):
    """How often one sample is asked for again after a fault that may pass."""

    max_attempts: int = Field(default=6, ge=1)
    """Requests per sample at most, the first one included."""
    max_wait_s: float = Field(default=60, ge=0)
    """Longest pause before a retry, unless the server asks for a longer one."""


class Price(Concern):
    """US dollars per million tokens."""

    input_per_mtok: float = Field(default=0, ge=0)
    """Of prompts."""
    output_per_mtok: float = Field(default=0, ge=0)
    """Of completions, reasoning included."""
    batch_factor: float = Field(default=0.5, ge=0, le=1)
    """What a batch API charges, as a share of these prices."""


class Teacher(Concern):
    """A model that writes traces, and how it is reached."""

    id: Name
    """Your name for it; it stays with every trace."""
    provider: Name
    """Protocol: openai-chat, openai-responses, anthropic-messages, vllm or transformers."""
    base_url: str | list[Endpoint] | None = None
    """Where its server is, or a list of `{url, limits}` sharing the work; null is the provider's own, or in process."""
    model: str = Field(min_length=1)
    """The model's name as the server knows it; in process a Hub name or a folder."""
    adapter: str | None = None
    """Folder of a LoRA adapter that is put on the model (transformers only)."""
    engine: dict[str, Any] = {}
    """Arguments of vLLM's engine, such as max_model_len (vllm only): how it runs, no part of a trace's identity."""
    served_as: list[str] = []
    """Other names under which the server may report the same model."""
    self_hosted: bool = False
    """Whether you run the server yourself, so that only the model's licence binds."""
    api_key_env: str | None = None
    """Name of the environment variable that holds the key; NAME_FILE may name a file instead."""
    prompts: Prompts = {"math": "math-cot", "code": "code-cot", "open": "open-cot"}
    """Prompt per domain: the id of a built-in one, or the path of a file."""
    system: str | None = None
    """A system prompt that goes before the turns of every prompt."""
    sampling: Sampling = Sampling()
    """How many traces, and how they are drawn."""
    reasoning: Reasoning = Reasoning()
    """How much the model may think."""
    extra_body: dict[str, Any] = {}
    """Further fields of the request, as they are."""
    headers: dict[str, str] = {}
    """Further HTTP headers; never a key."""
    limits: Limits = Limits()
    """What it is asked at a time."""
    timeouts: Timeouts = Timeouts()
    """When a request counts as lost."""
    retries: Retries = Retries()
    """How often a sample is asked for again."""
    price: Price | None = None
    """What it costs; null is unknown, and no cost is shown."""

    @property
    def server(self) -> str | None:
        """Base URL of the server, the first of several; null for a model in process."""
        if isinstance(self.base_url, list):
            return self.base_url[0].url
        return self.base_url if self.base_url is not None else DEFAULT_SERVERS.get(self.provider)

    def replicas(self) -> list[Teacher]:
        """This teacher at each of its servers, every one with limits of its own."""
        if not isinstance(self.base_url, list):
            return [self]
        return [
            self.model_copy(update={"base_url": place.url, "limits": place.limits or self.limits})
            for place in self.base_url
        ]

    @model_validator(mode="after")
    def _engine_is_in_process(self) -> Self:
        if self.engine and self.provider != "vllm":
            raise ValueError(f"engine is for provider vllm, not {self.provider}; a server takes its own arguments")
        return self

    @field_validator("base_url")
    @classmethod
    def _servers_differ(cls, base_url: str | list[Endpoint] | None) -> str | list[Endpoint] | None:
        if isinstance(base_url, list):
            urls = [place.url for place in base_url]
            if not urls:
                raise ValueError("the list is empty; name at least one server as {url: http://...}")
            if repeated := sorted({url for url in urls if urls.count(url) > 1}):
                raise ValueError(f"{repeated[0]} is given twice; a server's limits hold once")
        return base_url

    @field_validator("headers")
    @classmethod
    def _no_key_in_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        for name in headers:
            if name.lower() in {"authorization", "x-api-key", "api-key", "proxy-authorization"}:
                raise ValueError(f"{name} holds a key; name its environment variable in api_key_env instead")
        return headers


class Budget(Concern):
    """What may be spent, in US dollars."""

    max_usd: float | None = Field(default=None, ge=0)
    """In this run."""
    max_usd_total: float | None = Field(default=None, ge=0)
    """In this workspace, over all runs."""


VerifierSettings = dict[str, dict[str, Any]]


class Verify(Concern):
    """Which verifiers judge a trace of each domain, with their settings; docs/verifiers.md lists them."""

    all: bool = False
    """Run every verifier on every trace; otherwise the first required one that fails ends the cascade."""
    workers: int | None = Field(default=None, ge=1)
    """Processes that verify; null is one per core."""
    math: VerifierSettings = {
        "format": {},
        "length": {},
        "repetition": {},
        "math-answer": {},
        "step-arithmetic": {"required": False},
    }
    """Verifiers of math problems."""
    code: VerifierSettings = {"format": {}, "length": {}, "repetition": {}, "code-tests": {}}
    """Verifiers of code problems."""
    open: VerifierSettings = {"format": {}, "length": {}, "repetition": {}}
    """Verifiers of open questions."""


class Select(Concern):
    """Which accepted traces become examples."""

    per_problem: int = Field(default=1, ge=1)
    """Examples per problem at most."""
    prefer: Literal["shortest", "longest", "first"] = "shortest"
    """Which accepted traces of a problem come first."""


class Export(Concern):
    """What is written as a data set."""

    configs: list[Literal["sft", "generations", "traces"]] = Field(
        default=["sft", "generations", "traces"], min_length=1
    )
    """sft: an example a row; generations: a problem a row; traces: everything, rejects too."""
    prompt: str | None = None
    """Prompt of every row's user turn; null takes train.prompts."""
    repo_id: str | None = None
    """Name of the data set on the Hub, as ORG/NAME."""


class Lora(Concern):
    """The low-rank adapter (Hu et al. 2021, arXiv:2106.09685)."""

    r: int = Field(default=32, ge=1)
    """Rank."""
    alpha: int = Field(default=64, ge=1)
    """Scale; the update is multiplied by alpha / r."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Dropout on the adapter's input."""
    target_modules: str | list[str] = "all-linear"
    """Which layers get an adapter."""


class Train(Concern):
    """How the student is trained on the corpus."""

    model: str = Field(min_length=1)
    """Base model: a Hub name or a folder."""
    prompts: Prompts = DEFAULT_STUDENT_PROMPTS
    """The student's own prompt per domain, whatever the teacher was shown."""
    lora: Lora = Lora()
    """The adapter."""
    epochs: float = Field(default=3, gt=0)
    """Passes over the examples."""
    learning_rate: float = Field(default=2e-4, gt=0)
    """Peak of the cosine schedule."""
    batch_size: int = Field(default=8, ge=1)
    """Examples per step."""
    warmup_steps: int = Field(default=5, ge=0)
    """Steps until the learning rate is at its peak."""
    max_length: int = Field(default=2048, ge=16)
    """Longest example in tokens; a longer one is left out and counted, never cut."""
    checkpoint_steps: int = Field(default=20, ge=1)
    """Steps between checkpoints, from which a stopped training goes on."""
    seed: int = Field(default=0, ge=0)
    """Seed of order and initial adapter."""
    report_to: str = "none"
    """Experiment tracker, as TRL knows it."""


class Contestant(Concern):
    """A model that is measured beside the student and its base."""

    id: Name
    """Its name in the report."""
    prompts: Prompts
    """The prompt per domain that it is shown."""


class Evaluate(Concern):
    """How base and student are compared on held-out problems."""

    problems: list[ProblemSet] = Field(min_length=1)
    """Problem sets that nothing was trained on."""
    sampling: Sampling = Sampling(k=4, max_tokens=512)
    """Samples per problem, for every contestant alike."""
    contestants: list[Contestant] = []
    """The base model with other prompts, such as the one the teacher was shown."""
    concurrency: int = Field(default=64, ge=1)
    """Completions in flight at most."""
    bootstrap: int = Field(default=2000, ge=100)
    """Resamplings of the problems behind every interval."""


class Config(Concern):
    """The whole file."""

    schema_version: Literal[1]
    """Version of this form."""
    workspace: str = Field(min_length=1)
    """Folder of everything that runs write, relative to this file."""
    use: UseDeclaration
    """What the outputs are for."""
    policy: Policy = Policy()
    """Your own terms, overrides and attestations."""
    problems: list[ProblemSet] = Field(min_length=1)
    """What the teachers are asked."""
    teachers: list[Teacher] = Field(min_length=1)
    """Who writes the traces."""
    budget: Budget = Budget()
    """What may be spent."""
    max_failed_share: float = Field(default=0.05, ge=0, le=1)
    """Share of samples that may fail before generate exits with 5."""
    verify: Verify = Verify()
    """What proves a trace right."""
    select: Select = Select()
    """Which accepted traces become examples."""
    export: Export = Export()
    """What is written as a data set."""
    train: Train | None = None
    """How the student is trained; null trains none."""
    evaluate: Evaluate | None = None
    """How the student is measured; null measures nothing."""

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        ids = [teacher.id for teacher in self.teachers]
        if repeated := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"teachers: the id {repeated[0]!r} is given twice; every teacher needs its own")
        return self
