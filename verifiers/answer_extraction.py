r"""Finds the answer in a whole response, or says why it holds none that may count.

In this order: the last ``\boxed{}``, an ``<answer>`` tag, ``####``, "the answer is", bold, display mathematics,
mathematics in the text, a bare number or the letter of a choice. Everything is searched in linear time.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .answer_prose import has_prose, last_formula, without_prose
from .math_brackets import matching
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
    r"\b(?<!to )(?:(?P<strong>(?:final\s+)?answers?)|(?:final\s+)?results?|solutions?|option|choice)\b[*_ \t]{0,4}"
    r"(?:(?:\s(?:is|are|should be|must be|would be|equals?)\b|[:=])(?:\s*\n)?[:*_ \t]{0,6}"
    r"|(?=[ \t]*(?:\\\[|\\\(|\$|-?\d)))",
    re.IGNORECASE,
)
HEDGE = re.compile(
    r"\b(?:either|maybe|perhaps|possibly|probably|might be|could be|not sure|unsure|guess)\b", re.IGNORECASE
)
SENTENCE_END = re.compile(r"[.!?](?=\s+[A-Z\"*(]|\s*$)|\n")
GIVES_UP = re.compile(
    r"\b(?:can(?:no|')t|could(?: not|n't)|unable to) (?:\w+ ){0,2}(?:solve|determine|find|answer|compute)\b|\bmay be\b"
    r"|\b(?:will not|won't|no) (?:\w+ ){0,2}answer\b",
    re.IGNORECASE,
)
NOT_BUT = re.compile(
    r"not\b.{1,200}?(?:\bbut\s+(?:rather\s+|is\s+)?|[,;]\s+it(?: is|'s)\s+)", re.IGNORECASE | re.DOTALL
)
AMOUNT = re.compile(r"\W{0,3}[\d.,]+%?(?: [A-Za-z]+){0,3}\.?")
"""A number with what it counts."""
STATED = re.compile(r"\b(?:is|are|equals?)\b")
YES_OR_NO = re.compile(
    r"^\W*(yes|no|true|false)\b|\b(?:so|therefore|hence|thus),? (yes|no|true|false)\b", re.IGNORECASE
)
BOLD = re.compile(r"\*\*([^*\n]{1,200})\*\*")
DISPLAY = re.compile(r"\\\[(.{1,2000}?)\\\]|\$\$(.{1,2000}?)\$\$", re.DOTALL)
CHOICE = re.compile(r"\([A-J]\)")


class Extracted(NamedTuple):
    """An answer as it stands in a response, or the reason why there is none."""

    answer: str | None
    method: str
    refusal: str | None = None


def extract(response: str, prompt: str = "", reasoning: str = "", *, in_words: bool = False) -> Extracted:
    """The answer that a response gives.

    Args:
        response: everything the model wrote outside its separate reasoning.
        prompt: the problem, to know its own boxes when they are echoed.
        reasoning: separate reasoning, only to tell that a box stands in it.
        in_words: whether the question is answered by words, such as yes or no, and not by a number.
    """
    outside = without_thinking(response)
    if outside is None:
        return _refused("the think block is never closed")
    text = until_end_of_turn(outside)
    boxed = _from_boxes(text, prompt)
    if boxed is not None:
        return boxed
    tail = text[-MAX_TAIL:]
    found = _from_marks(tail) or _from_cue(tail) or (_from_words(tail) if in_words else None) or _from_layout(tail)
    if found is None or found.method == "number":
        thought = reasoning + response if OPEN in response or CLOSE in response else reasoning
        if BOX.search(thought):
            return _refused("a box stands only inside the thinking")
    return found or _refused("no answer found")


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


def until_end_of_turn(text: str) -> str:
    """The text before the first token that ends a turn, if there is any."""
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
    cue = next((cue for cue in reversed(cues) if cue["strong"]), cues[-1])
    rest = text[cue.end() :].lstrip(" \t\n*:_")
    if rest.startswith(("$$", "\\[")) and (display := DISPLAY.match(rest)):
        return Extracted(display[1] or display[2], "cue")
    end = next((match.start() for match in SENTENCE_END.finditer(rest[:2000]) if rest[: match.start()].strip()), 2000)
    sentence = rest[:end].strip().strip("*_ ")
    if re.match(r"not\b", sentence):
        contrast = NOT_BUT.match(sentence)
        if contrast is None:
            return _refused("the answer is negated")
        sentence = sentence[contrast.end() :]
    return _unless_hedged(sentence, sentence, "cue") if sentence else None


def _from_words(text: str) -> Extracted | None:
    if bold := [content for content in BOLD.findall(text) if len(content.split()) <= 4 and not content.endswith(":")]:
        return Extracted(bold[-1], "bold")
    for part in (_last_sentence(text), text):
        if found := YES_OR_NO.search(part):
            return _unless_hedged(found[1] or found[2], part[:200], "word")
    return None


def _from_layout(text: str) -> Extracted | None:
    bold = [content for content in BOLD.findall(text) if _is_answer(content)]
    if bold:
        return Extracted(bold[-1] if AMOUNT.fullmatch(bold[-1]) else without_prose(bold[-1]), "bold")
    sentence = _last_sentence(text)
    if display := DISPLAY.findall(text):
        return _unless_hedged("".join(display[-1]), sentence, "display")
    if GIVES_UP.search(text[-500:]):
        return _refused("the response gives up")
    if text.rfind("\\[") > text.rfind("\\]"):
        return _refused("the response breaks off in a formula")
    formula = last_formula(text)
    if (choices := CHOICE.findall(sentence)) and (formula is None or formula not in sentence):
        return _unless_hedged(choices[-1], sentence, "choice")
    return _unless_hedged(formula, sentence, "number") if formula else None


def _is_answer(bold: str) -> bool:
    """Whether bold text is an answer, or a sentence that states one; a heading is none."""
    if not re.search(r"\d|^\W*[A-Z]\W*$", bold):
        return False
    if AMOUNT.fullmatch(bold):
        return True
    return not has_prose(bold) or (STATED.search(bold) is not None and last_formula(bold) is not None)


def _unless_hedged(answer: str, sentence: str, method: str) -> Extracted:
    if HEDGE.search(sentence):
        return _refused("the answer is hedged")
    return Extracted(answer, method) if answer.strip() else _refused("the answer is empty")


def _last_sentence(text: str) -> str:
    ends = [match.end() for match in SENTENCE_END.finditer(text) if text[match.end() :].strip()]
    return text[ends[-1] :] if ends else text
