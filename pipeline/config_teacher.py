"""The configuration of one teacher: who it is, how it is reached, what it is asked, what it costs."""

from __future__ import annotations

import datetime
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from .concern import Concern, Name, Prompts

DEFAULT_SERVERS = {
    "openai-chat": "https://api.openai.com/v1",
    "openai-responses": "https://api.openai.com/v1",
    "anthropic-messages": "https://api.anthropic.com",
}
"""Where a provider's own server is; a provider that is not here runs in process."""


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
    as_of: datetime.date | None = None
    """The day on which you read them."""


class Ancestor(Concern):
    """Something that a model was made from: the weights that it started from, or data that it was trained on."""

    type: Literal["base", "data"]
    """Whether it is weights or data."""
    ref: str = Field(min_length=1)
    """Name of the model or data set."""
    policies: list[str] = []
    """Ids of the terms that it answers to, where its name does not tell: for data, those of whoever wrote it."""
    lineage: list[Ancestor] = []
    """What it was made from in turn."""


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
    lineage: list[Ancestor] = []
    """What the model was made from, for one that you or others trained: `{type: base|data, ref, policies}` each."""
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
    """What it costs; null takes the provider's published price, if there is one."""

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
