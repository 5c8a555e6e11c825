"""A causal language model of a few thousand weights, with a tokenizer and a chat template, made on the spot."""

from __future__ import annotations

from pathlib import Path

CHATML = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
DROPS_REASONING = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{{ message['content'].split('</think>')[-1] + '<|im_end|>' + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
NEVER_ENDS = CHATML.replace(" + '<|im_end|>'", "")


def make_tiny_tokenizer(folder: Path, template: str = CHATML) -> Path:
    """Write the tokenizer alone, a token per character: where nothing is trained, PyTorch need not be loaded."""
    from tokenizers import Tokenizer
    from tokenizers.decoders import ByteLevel as ByteLevelDecoder
    from tokenizers.models import BPE
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import PreTrainedTokenizerFast

    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    alphabet = sorted(ByteLevel.alphabet())
    tokenizer = Tokenizer(BPE({token: place for place, token in enumerate(special + alphabet)}, []))
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteLevelDecoder()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        additional_special_tokens=special[1:2],
        model_max_length=2048,
    )
    fast.chat_template = template
    fast.save_pretrained(folder)
    return folder


def make_tiny_model(folder: Path, template: str = CHATML, head_dim: int = 8) -> Path:
    """Write a character-level model that any code for real models can load; vLLM wants heads of 32 or more."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    fast = AutoTokenizer.from_pretrained(make_tiny_tokenizer(folder, template))
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(fast),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=head_dim,
        max_position_embeddings=2048,
        eos_token_id=fast.eos_token_id,
        pad_token_id=fast.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder
