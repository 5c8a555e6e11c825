"""Fences: text that somebody else wrote, put into a prompt as data, in a frame that it cannot close.

Whoever writes the text cannot write the mark that ends it, since the mark holds a hash of the text. The same text
always gets the same mark, so a prompt that was paid for once is recognised. A model may still believe what stands in
a fence; what asks it also says so in the prompt, and nothing rests on its word alone.
"""

from __future__ import annotations

import hashlib
import re

_CONTROL = re.compile(
    r"<[|\uff5c][^|\uff5c<>\n]{1,64}[|\uff5c]>|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS)\]|</?s>|<(?:start|end)_of_turn>"
)
"""What chat templates mark turns with. A server that renders prompts as text may read it as the end of a turn."""


def fenced(name: str, text: str) -> str:
    """``text`` between two marks that hold ``name`` and a hash of the text.

    Tokens that chat templates mark turns with are written with a space in them, so that no server takes them for such.
    """
    text = _CONTROL.sub(_spaced, text)
    mark = hashlib.sha256(f"{name}\n{text}".encode(errors="surrogatepass")).hexdigest()[:16]
    return f"<<<{name} {mark}\n{text}\n{mark} {name}>>>"


def _spaced(token: re.Match[str]) -> str:
    found = token[0]
    return f"{found[0]} {found[1:-1]} {found[-1]}"
