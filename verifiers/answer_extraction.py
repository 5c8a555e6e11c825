r"""Finds the answer in a whole response, or says why it holds none that may count.

In this order: the last ``\boxed{}``, an ``<answer>`` tag, ``####``, "the answer is", bold, display mathematics,
mathematics in the text, a bare number or the letter of a choice. Everything is searched in linear time.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .math_brackets import matching
from .math_notation import MAX_ANSWER
from .thinking import CLOSE, OPEN, without_thinking

MAX_TAIL = 20_000
"""Characters at the end of a response in which answers without a box are looked for."""
MAX_BETWEEN = 60

END_OF_TURN = re.compile(
    r"<\|(?:im_end|im_start|endoftext|eot_id|end_of_text|end|eom_id|user|assistant)\|>|</s>|<end_of_turn>|<eos>"
    r"|<\uff5cend\u2581of\u2581sentence\uff5c>"
)
BOX = re.compile(r"\\(?:boxed|fbox|framebox)(?![A-Za-z])\s*")
BOX_TOKEN = re.compile(r"[^\s{}$\\.,]+|\\[A-Za-z]+")
DECORATION = re.compile(r"\\[()\[\],;:! ]|\\(?:quad|qquad|text|mathrm|textbf)(?![A-Za-z])|[${}*~]|\s+")
JOINER = re.compile(r"(?:\w+ )?(?:,? ?and|,? ?or|[,;&])?(?: ?[A-Za-z]\w*(?:\([^()]*\))? ?=)?")
NEGATION = re.compile(
    r"(?:\bnot|n't|\bnever|\bneither|\\ne|\\neq|≠)(?: be| equal(?: to)?)?[\s$(\[\\:]*$", re.IGNORECASE
)
ANSWER_TAG = re.compile(r"<answer>(.*?)</answer>", re.DOTALL | re.IGNORECASE)
HASHES = re.compile(r"####[ \t]*([^\n]+)")
CUE = re.compile(
    r"\b(?:final\s+answers?|answers?|final\s+result|result|solution|(?:option|choice))\b[*_ \t]{0,4}"
    r"(?:(?:\s(?:is|are|should be|must be|would be|equals?)\b|[:=])(?:\s*\n)?[:*_ \t]{0,6}"
    r"|(?=[ \t]*(?:\\\[|\\\(|\$|-?\d)))",
    re.IGNORECASE,
)
HEDGE = re.compile(
    r"\b(?:either|maybe|perhaps|possibly|probably|might be|could be|not sure|unsure|guess)\b", re.IGNORECASE
)
SENTENCE_END = re.compile(r"[.!?](?=\s+[A-Z\"*]|\s*$)|\n")
BOLD = re.compile(r"\*\*([^*\n]{1,200})\*\*")
DISPLAY = re.compile(r"\\\[(.{1,2000}?)\\\]|\$\$(.{1,2000}?)\$\$", re.DOTALL)
INLINE = re.compile(r"\\\((.{1,500}?)\\\)|(?<![\\$])\$([^$\n]{1,500})\$")
NUMBER = re.compile(r"(?<![\w.\\/^{])[-+]?\$?(?:\d++(?:,\d++)*+(?:\.\d*+)?|\.\d++)(?:/\d++)?+%?(?!\w)", re.ASCII)
ALTERNATIVE = re.compile(r"(?:\b(?:or|and|not)|[,;])[\s$(]*$")
CHOICE = re.compile(r"\([A-J]\)")
TERM_BEFORE = re.compile(r"(?:[\d)\]}]|(?<![A-Za-z])[A-Za-z])\s*[-+*/^]\s*$")
TERM_AFTER = re.compile(r"\s*[-+*/^]\s*(?:[\d(]|[A-Za-z](?![A-Za-z]))")
"""Around a number that is only a part of a formula: ``3x + 2``."""
PROSE = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
MATH_WORDS = frozenset(
    ["sqrt", "sin", "cos", "tan", "sec", "csc", "cot", "log", "exp", "and", "frac", "pi", "text", "left", "right"]
)


class Extracted(NamedTuple):
    """An answer as it stands in a response, or the reason why there is none."""

    answer: str | None
    method: str
    refusal: str | None = None


def extract(response: str, prompt: str = "", reasoning: str = "") -> Extracted:
    """The answer that a response gives.

    Args:
        response: everything the model wrote outside its separate reasoning.
        prompt: the problem, to know its own boxes when they are echoed.
        reasoning: separate reasoning, only to tell that a box stands in it.
    """
    outside = without_thinking(response)
    if outside is None:
        return _refused("the think block is never closed")
    text = _until_end_of_turn(outside)
    boxed = _from_boxes(text, prompt)
    if boxed is not None:
        return boxed
    tail = text[-MAX_TAIL:]
    found = _from_marks(tail) or _from_cue(tail) or _from_layout(tail)
    if found is None or found.method == "number":
        thought = reasoning + response if OPEN in response or CLOSE in response else reasoning
        if BOX.search(thought):
            return _refused("a box stands only inside the thinking")
    return found or _refused("no answer found")


def without_prose(text: str) -> str:
    """A sentence reduced to its last formula or number; a text without words as it is."""
    text = text.strip()
    if len(text) > MAX_ANSWER:
        return text
    words = [word for word in PROSE.findall(re.sub(r"\\text[a-z]*\s*\{[^{}]*\}", "", text)) if word not in MATH_WORDS]
    if not words or "\\begin" in text:
        return text
    last = _last_formula(text)
    if last is None or ALTERNATIVE.search(text[: text.rfind(last)]):
        return text
    return last


def boxes(text: str) -> list[tuple[int, int, str]]:
    """Start, end and content of every complete outermost box."""
    found: list[tuple[int, int, str]] = []
    end = 0
    for match in BOX.finditer(text):
        at = match.end()
        if match.start() < end or at >= len(text):
            continue
        if text[at] == "{":
            closing = matching(text, at, "{", "}")
            if closing < 0:
                break  # a brace that is never closed swallows all that follows
            content, end = text[at + 1 : closing], closing + 1
        elif token := BOX_TOKEN.match(text, at):
            content, end = token[0], token.end()
        else:
            continue
        found.append((match.start(), end, content))
    return found


def _refused(reason: str) -> Extracted:
    return Extracted(None, "none", reason)


def _until_end_of_turn(text: str) -> str:
    for match in END_OF_TURN.finditer(text):
        if text[: match.start()].strip():
            return text[: match.start()].strip()
    return text.strip()


def _from_boxes(text: str, prompt: str) -> Extracted | None:
    found = boxes(text)
    if not found:
        return None
    own = [box for box in found if not _is_echo(text, box, prompt)]
    if not own:
        return _refused("the only box is the prompt's own")
    positive = [box for box in own if not NEGATION.search(text[max(0, box[0] - 30) : box[0]])]
    if not positive:
        return _refused("the box is negated")
    kept = [positive[-1]]
    for box in reversed(positive[:-1]):
        if not _joined(text[box[1] : kept[0][0]]):
            break
        kept.insert(0, box)
    contents = list(dict.fromkeys(_inner(box[2]) for box in kept))
    if not all(content.strip() for content in contents):
        return _refused("the box is empty")
    return Extracted(", ".join(contents), "boxed")


def _inner(content: str) -> str:
    inside = boxes(content)
    return (
        inside[-1][2]
        if len(inside) == 1 and not (content[: inside[0][0]] + content[inside[0][1] :]).strip()
        else content
    )


def _is_echo(text: str, box: tuple[int, int, str], prompt: str) -> bool:
    """Whether the box stands in the prompt with the same words before it."""
    start, end, _ = box
    return text[max(0, start - 16) : end] in prompt


def _joined(between: str) -> bool:
    if len(between) > MAX_BETWEEN or "\n\n" in between:
        return False
    plain = " ".join(DECORATION.sub(" ", between).split())
    return JOINER.fullmatch(plain) is not None and (plain != "" or "\n" not in between) and not plain.istitle()


def _from_marks(text: str) -> Extracted | None:
    if tags := ANSWER_TAG.findall(text):
        return _unless_hedged(tags[-1].strip(), tags[-1], "answer tag")
    if hashes := HASHES.findall(text):
        return _unless_hedged(hashes[-1].strip(), hashes[-1], "####")
    return None


def _from_cue(text: str) -> Extracted | None:
    cues = list(CUE.finditer(text))
    if not cues:
        return None
    rest = text[cues[-1].end() :].lstrip(" \t\n*:_")
    if rest.startswith(("$$", "\\[")) and (display := DISPLAY.match(rest)):
        return Extracted(display[1] or display[2], "cue")
    end = next((match.start() for match in SENTENCE_END.finditer(rest[:2000]) if rest[: match.start()].strip()), 2000)
    sentence = rest[:end].strip().strip("*_ ")
    if re.match(r"not\b", sentence):
        return _refused("the answer is negated")
    return _unless_hedged(sentence, sentence, "cue") if sentence else None


def _from_layout(text: str) -> Extracted | None:
    bold = [
        content for content in BOLD.findall(text) if re.search(r"\d|^\W*[A-Z]\W*$", content) and not _prose(content)
    ]
    if bold:
        return Extracted(bold[-1], "bold")
    if display := DISPLAY.findall(text):
        return _unless_hedged("".join(display[-1]), _last_sentence(text), "display")
    sentence = _last_sentence(text)
    formula = _last_formula(text)
    if (choices := CHOICE.findall(sentence)) and (formula is None or formula not in sentence):
        return _unless_hedged(choices[-1], sentence, "choice")
    return _unless_hedged(formula, sentence, "number") if formula else None


def _unless_hedged(answer: str, sentence: str, method: str) -> Extracted:
    if HEDGE.search(sentence):
        return _refused("the answer is hedged")
    return Extracted(answer, method) if answer.strip() else _refused("the answer is empty")


def _prose(text: str) -> bool:
    return any(word not in MATH_WORDS for word in PROSE.findall(text))


def _last_sentence(text: str) -> str:
    ends = [match.end() for match in SENTENCE_END.finditer(text) if text[match.end() :].strip()]
    return text[ends[-1] :] if ends else text


def _last_formula(text: str) -> str | None:
    """The last formula between dollar signs or number, whichever ends later."""
    last: tuple[int, str] | None = None
    for match in INLINE.finditer(text):
        last = (match.end(), match[1] or match[2])
    for match in NUMBER.finditer(text):
        if last is None or match.start() >= last[0]:
            whole = not (
                TERM_BEFORE.search(text[max(0, match.start() - 8) : match.start()])
                or TERM_AFTER.match(text, match.end())
            )
            last = (match.end(), match[0] if whole else "")
    return last[1] or None if last else None
