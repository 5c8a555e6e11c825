"""Batched sampling from a causal language model in process, with a seed of its own for every row.

What all prompts of a batch begin with (instructions, worked examples) is read once and kept for the
next batch; equal prompts are read once too. A row that ends leaves the batch, so nobody waits for the
longest answer but those who share its last steps.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from transformers import DynamicCache

from .model_files import LoadedModel


@dataclass(frozen=True)
class Draw:
    """One completion that is wanted: prompt tokens and how to draw."""

    prompt: Sequence[int]
    max_tokens: int
    temperature: float | None
    top_p: float | None
    seed: int


@dataclass
class _Row:
    draw: Draw
    place: int
    generator: torch.Generator
    tokens: list[int] = field(default_factory=list[int])


class Decoder:
    """Draws completions from one model. Not thread-safe: one thread at a time."""

    def __init__(self, loaded: LoadedModel) -> None:
        self._model: Any = loaded.model
        self._ends = _end_tokens(loaded)
        self._pad = int(cast("Any", loaded.tokenizer).pad_token_id or 0)
        self._prefix: list[int] = []
        self._prefix_cache: Any = None

    @torch.inference_mode()
    def run(
        self, draws: Sequence[Draw], finished: Callable[[int, list[int], str], None], stopped: Callable[[], bool]
    ) -> None:
        """Draw every completion of a batch.

        Args:
            draws: what is wanted.
            finished: called with the index of a draw, its tokens and ``stop`` or ``length`` as it ends.
            stopped: asked before every step; true abandons what is left.
        """
        rows = [_Row(draw, place, torch.Generator().manual_seed(draw.seed)) for place, draw in enumerate(draws)]
        logits, cache, mask = self._read_prompts(draws)
        while not stopped():
            tokens = [_draw_token(logits[index], row) for index, row in enumerate(rows)]
            keep: list[int] = []
            for index, (row, token) in enumerate(zip(rows, tokens, strict=True)):
                ended = token in self._ends
                if not ended:
                    row.tokens.append(token)
                if ended or len(row.tokens) >= row.draw.max_tokens:
                    finished(row.place, row.tokens, "stop" if ended else "length")
                else:
                    keep.append(index)
            if not keep:
                return
            if len(keep) < len(rows):
                chosen = torch.tensor(keep)
                cache.batch_select_indices(chosen)
                mask = mask[chosen]
                rows = [rows[index] for index in keep]
            step = torch.tensor([[row.tokens[-1]] for row in rows])
            mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)
            logits = self._forward(step, cache, mask)

    def _read_prompts(self, draws: Sequence[Draw]) -> tuple[torch.Tensor, Any, torch.Tensor]:
        """Logits after each prompt, the cache over prefix and prompts, and the attention mask."""
        distinct = list(dict.fromkeys(tuple(draw.prompt) for draw in draws))
        prefix = self._shared_prefix(distinct)
        cache = copy.deepcopy(self._prefix_cache)
        if len(distinct) > 1:
            cache.batch_repeat_interleave(len(distinct))
        width = max(len(prompt) for prompt in distinct) - prefix
        ids = torch.full((len(distinct), width), self._pad)
        mask = torch.zeros((len(distinct), width), dtype=torch.long)
        for row, prompt in enumerate(distinct):
            own = torch.tensor(prompt[prefix:])
            ids[row, width - len(own) :] = own
            mask[row, width - len(own) :] = 1
        mask = torch.cat([torch.ones((len(distinct), prefix), dtype=torch.long), mask], dim=1)
        logits = self._forward(ids, cache, mask)
        order = torch.tensor([distinct.index(tuple(draw.prompt)) for draw in draws])
        cache.batch_select_indices(order)
        return logits[order], cache, mask[order]

    def _shared_prefix(self, prompts: list[tuple[int, ...]]) -> int:
        """Length of what all prompts share, with its cache ready; at least one token is left to each."""
        shared = _common_prefix(prompts)
        length = min(len(shared), min(len(prompt) for prompt in prompts) - 1)
        if self._prefix and list(shared[: len(self._prefix)]) == self._prefix and length >= len(self._prefix):
            return len(self._prefix)
        self._prefix = list(shared[:length])
        self._prefix_cache = DynamicCache(config=self._model.config)
        if self._prefix:
            ones = torch.ones((1, length), dtype=torch.long)
            self._forward(torch.tensor([self._prefix]), self._prefix_cache, ones)
        return length

    def _forward(self, ids: torch.Tensor, cache: Any, mask: torch.Tensor) -> torch.Tensor:
        """Logits of the last position, in float32 on the CPU."""
        device = self._model.device
        positions = (mask.cumsum(dim=1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        output = self._model(
            input_ids=ids.to(device),
            attention_mask=mask.to(device),
            position_ids=positions.to(device),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return output.logits[:, -1].float().cpu()


def _common_prefix(prompts: list[tuple[int, ...]]) -> tuple[int, ...]:
    """What all begin with: the first and the last in order differ where any two differ."""
    first, last = min(prompts), max(prompts)
    differing = (place for place, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1])
    return first[: next(differing, min(len(first), len(last)))]


def _draw_token(logits: torch.Tensor, row: _Row) -> int:
    """One token by temperature and nucleus sampling (Holtzman et al. 2020, arXiv:1904.09751)."""
    if not row.draw.temperature:
        return int(logits.argmax())
    shares = torch.softmax(logits / row.draw.temperature, dim=-1)
    if row.draw.top_p is not None and row.draw.top_p < 1:
        top, order = shares.topk(min(512, shares.numel()))
        before = top.cumsum(dim=-1) - top
        if float(before[-1]) >= row.draw.top_p:
            top = torch.where(before < row.draw.top_p, top, 0.0)
            return int(order[torch.multinomial(top, 1, generator=row.generator)])
        shares = _nucleus(shares, row.draw.top_p)
    return int(torch.multinomial(shares, 1, generator=row.generator))


def _nucleus(shares: torch.Tensor, top_p: float) -> torch.Tensor:
    ordered, order = shares.sort(descending=True)
    ordered = torch.where(ordered.cumsum(dim=-1) - ordered < top_p, ordered, 0.0)
    return torch.zeros_like(shares).scatter(0, order, ordered)


def _end_tokens(loaded: LoadedModel) -> frozenset[int]:
    """Every token that ends a turn: the tokenizer's and those of the model's generation settings."""
    found: set[Any] = {cast("Any", loaded.tokenizer).eos_token_id}
    settings: Any = getattr(loaded.model, "generation_config", None)
    ends: Any = getattr(settings, "eos_token_id", None)
    found |= set(cast("list[int]", ends)) if isinstance(ends, list) else {ends}
    return frozenset(int(token) for token in found if token is not None)
