"""vLLM's engine for one teacher: imported late and by name, started, and asked in its own terms.

Everything here follows vLLM 0.32 (its V1 engine). The names are looked up when they are needed, since vLLM is
an extra that most installations lack.
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import os
import signal
from collections.abc import Iterable
from multiprocessing import resource_tracker
from typing import Any

import msgspec

from ..config_teacher import Teacher
from ..errors import ConfigError, MissingExtra, TeacherUnavailable
from .base import Request, SampleFailed
from .model_files import saved_model

ENVIRONMENT = {
    "VLLM_LOGGING_STREAM": "ext://sys.stderr",  # results go to stdout
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_NO_USAGE_STATS": "1",  # it would report to a server that the gate was not asked about
    "VLLM_WORKER_MULTIPROC_METHOD": "spawn",  # a fork of a process with threads may hang
    "TQDM_DISABLE": "1",
}
"""What vLLM is told before its first import, unless the user's environment says otherwise."""

SAMPLED = frozenset({"n", "seed", "max_tokens", "temperature", "top_p"})
"""Parameters that stand under ``sampling``."""
UNUSED = frozenset(
    {"output_kind", "stream_interval", "skip_clone", "detokenize", "output_text_buffer_length", "flat_logprobs"}
    | {"logprobs", "logprob_token_ids", "prompt_logprobs", "prompt_logprob_token_ids", "prompt_logprob_start"}
)
"""Parameters of how an answer is handed over, and of what a trace does not keep."""
GREEDY = 1e-5
"""Below this temperature vLLM draws without chance."""
TOO_LONG = ("maximum context length", "maximum model length")
"""What vLLM says of a prompt that is longer than the model reads."""


def vllm_module(name: str) -> Any:
    """A module of vLLM.

    Raises:
        MissingExtra: vLLM is not installed, or cannot be imported here.
    """
    for variable, value in ENVIRONMENT.items():
        os.environ.setdefault(variable, value)
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingExtra(
            f"provider vllm needs the vllm extra: pip install 'tracestill[vllm]' ({error}); it pins its own PyTorch "
            "and transformers: give it an environment of its own, or ask `vllm serve` with provider openai-chat"
        ) from error


def start_engine(teacher: Teacher) -> Any:
    """Load the model and start the processes that compute. Takes as long as the model is large.

    Raises:
        MissingExtra: vLLM is not installed.
        ConfigError: the model or a setting is wrong.
        TeacherUnavailable: the engine did not start.
    """
    arguments: Any = vllm_module("vllm.engine.arg_utils").AsyncEngineArgs
    settings = _engine_settings(teacher, [field.name for field in dataclasses.fields(arguments)])
    sampling_params(teacher, Request(messages=(), max_tokens=1, temperature=None, top_p=None, seed=None), 1)
    given = _defaults() | {"model": saved_model(teacher.model)} | settings
    try:
        config = arguments(**given).create_engine_config()
    except Exception as error:
        raise ConfigError(
            f"teacher {teacher.id}: vLLM cannot load {teacher.model!r}: {_short(error)}; model is a folder of "
            "safetensors or a name that exists on the Hub, and engine holds vLLM's own arguments"
        ) from error
    engine_class: Any = vllm_module("vllm.v1.engine.async_llm").AsyncLLM
    # A ctrl-C reaches every process of the terminal, and the engine must outlive it: answers are on their way.
    # Its processes inherit what is blocked here. The tracker comes first, since its start unblocks the signal.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return engine_class.from_vllm_config(config, disable_log_stats=True)
    except Exception as error:
        raise TeacherUnavailable(
            f"teacher {teacher.id}: vLLM's engine did not start: {_short(error)}; its own messages are above. For want "
            "of memory lower engine.max_model_len or engine.gpu_memory_utilization"
        ) from error
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def sampling_params(teacher: Teacher, request: Request, n: int) -> Any:
    """How ``n`` completions are drawn. What neither ``sampling`` nor ``extra_body`` names is vLLM's default.

    Raises:
        ConfigError: ``extra_body`` names something that vLLM does not know, or gives it a wrong value.
    """
    vllm = vllm_module("vllm.sampling_params")
    names = {field.name for field in msgspec.structs.fields(vllm.SamplingParams)}
    known = sorted(name for name in names - SAMPLED - UNUSED if not name.startswith("_"))
    extra = {name: value for name, value in teacher.extra_body.items() if name != "chat_template_kwargs"}
    for name in extra:
        if name in SAMPLED:
            raise ConfigError(f"teachers.{teacher.id}.extra_body.{name}: it is set under sampling")
        if name not in known:
            raise ConfigError(
                f"teachers.{teacher.id}.extra_body.{name}: {_unknown(name, [*known, 'chat_template_kwargs'])}"
            )
    given = {
        "temperature": request.temperature,
        "top_p": request.top_p,
        "seed": request.seed,
        "thinking_token_budget": teacher.reasoning.budget_tokens,
    }
    fields = {name: value for name, value in given.items() if value is not None} | extra
    try:
        params = msgspec.convert(fields | {"n": n, "max_tokens": request.max_tokens}, vllm.SamplingParams)
    except (msgspec.ValidationError, _client_error()) as error:
        raise ConfigError(f"teachers.{teacher.id}: vLLM refuses sampling or extra_body: {_short(error)}") from error
    params.output_kind = vllm.RequestOutputKind.FINAL_ONLY
    return params


def chat_params(teacher: Teacher) -> Any:
    """How a chat becomes a prompt.

    Raises:
        ConfigError: ``chat_template_kwargs`` is no mapping.
    """
    given = teacher.extra_body.get("chat_template_kwargs", {})
    if not isinstance(given, dict):
        raise ConfigError(f"teachers.{teacher.id}.extra_body.chat_template_kwargs: it must be a mapping")
    effort = {"reasoning_effort": teacher.reasoning.effort} if teacher.reasoning.effort is not None else {}
    template: dict[str, Any] = {"add_generation_prompt": True} | effort | given
    return vllm_module("vllm.renderers").ChatParams(chat_template_kwargs=template)


def failure_of(error: Exception, teacher: Teacher) -> SampleFailed:
    """What an error of the engine means for one sample.

    Raises:
        TeacherUnavailable: the engine is dead.
        ConfigError: the model has no chat template.
    """
    if isinstance(error, vllm_module("vllm.v1.engine.exceptions").EngineDeadError):
        raise TeacherUnavailable(
            f"teacher {teacher.id}: vLLM's engine has died; its own messages are above. The same command goes on "
            "from here; for want of memory lower engine.max_model_len or limits.concurrency"
        ) from error
    if isinstance(error, vllm_module("vllm.renderers.chat_utils").ChatTemplateResolutionError):
        raise ConfigError(
            f"teacher {teacher.id}: the tokenizer of {teacher.model} has no chat template; "
            "take an instruction-tuned model"
        ) from error
    if isinstance(error, _client_error()):
        too_long = any(words in str(error) for words in TOO_LONG)
        return SampleFailed("context_too_long" if too_long else "bad_request", str(error))
    if isinstance(error, vllm_module("vllm.exceptions").GracefulHTTPError):
        return SampleFailed("overloaded", str(error), transient=True)
    return SampleFailed("server_error", f"{type(error).__name__}: {error}", transient=True)


def _client_error() -> type[Exception]:
    return vllm_module("vllm.exceptions").VLLMClientError


def _engine_settings(teacher: Teacher, known: Iterable[str]) -> dict[str, Any]:
    if teacher.adapter is not None:
        raise ConfigError(
            f"teachers.{teacher.id}.adapter: provider vllm puts on no adapter; merge it into the model, "
            "or take provider transformers"
        )
    names = set(known) - {"model"}
    for name in teacher.engine:
        if name == "model":
            raise ConfigError(f"teachers.{teacher.id}.engine.model: the model is the teacher's own key, model")
        if name not in names:
            raise ConfigError(f"teachers.{teacher.id}.engine.{name}: {_unknown(name, names)}")
    return teacher.engine


def _defaults() -> dict[str, Any]:
    defaults = {"use_tqdm_on_load": False}
    if vllm_module("vllm.platforms").current_platform.is_cpu():
        # The engine dies of a seeded request whose prompt it takes in pieces: a generator on the processor has no
        # offset to set back (vLLM 0.32, GPUModelRunner._bookkeeping_sync).
        defaults["enable_chunked_prefill"] = False
    return defaults


def _unknown(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return "vLLM knows no such parameter" + (f"; did you mean {near[0]!r}?" if near else "")


def _short(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines)[:500] or type(error).__name__
