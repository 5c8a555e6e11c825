# ruff: noqa: RUF001 - the characters in question are what this is about
r"""One notation for the many in which an answer can be written: LaTeX, unicode, plain text and sympy's.

``canonical`` turns ``½``, ``1/2``-like plain text, ``\dfrac12``, ``sqrt(5)``, ``2**10`` and ``14{,}916`` into one
small dialect of LaTeX: every argument in braces, products as ``*``, functions with a backslash, no decoration.
"""

from __future__ import annotations

import functools
import re
import unicodedata

from .math_arguments import COMMAND, MAX_DEPTH, Arguments, Unreadable
from .math_brackets import deepest, matching
from .sympy_notation import latex_of_sympy

MAX_ANSWER = 2_000
"""Characters of an answer at most; a longer one is refused."""

FUNCTIONS = (
    "arcsin arccos arctan sinh cosh tanh sin cos tan cot sec csc log ln exp sqrt pi theta alpha beta gamma phi "
    "infty max min gcd lcm"
)
UNICODE = str.maketrans(
    {
        "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "×": "*", "·": "*", "⋅": "*", "∗": "*", "÷": "/", "⁄": "/",
        "∕": "/", "√": "\\sqrt ",
        "∛": "\\sqrt[3]", "∜": "\\sqrt[4]", "π": "\\pi ", "∞": "\\infty ", "≤": "\\le ", "≥": "\\ge ", "≠": "\\ne ",
        "⩽": "\\le ", "⩾": "\\ge ", "≈": "\\approx ", "∈": "\\in ", "∪": "\\cup ", "∩": "\\cap ", "∅": "\\emptyset ",
        "≡": "\\equiv ", "⟨": "(", "⟩": ")",
        "±": "\\pm ", "∓": "\\mp ", "°": "^\\circ ", "θ": "\\theta ", "α": "\\alpha ", "β": "\\beta ",
        "γ": "\\gamma ", "λ": "\\lambda ", "φ": "\\varphi ", "ω": "\\omega ", "′": "'", "’": "'", "“": '"', "”": '"',
        "，": ", ", "、": ", ", "；": "; ", "：": ":", "\u2009": "\\,", "\u202f": "\\,", "\u00a0": "\\,", "\u2061": "",
        "\u200b": "", "\ufeff": "",
    }
)  # fmt: skip
FRACTIONS = {
    char: f"\\frac{{{top}}}{{{bottom}}}"
    for char in "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
    for top, bottom in [unicodedata.normalize("NFKC", char).split("\u2044")]
}
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱ", "0123456789+-ni")
SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")

ALIASES = {
    "dfrac": "\\frac", "tfrac": "\\frac", "cfrac": "\\frac", "leq": "\\le ", "leqslant": "\\le ", "geq": "\\ge ",
    "geqslant": "\\ge ", "neq": "\\ne ", "lt": "<", "gt": ">", "cdot": "*", "times": "*", "ast": "*", "div": "/",
    "lbrace": "\\{", "rbrace": "\\}", "lbrack": "[", "rbrack": "]", "lparen": "(", "rparen": ")", "vert": "|",
    "lvert": "|", "rvert": "|", "mid": "|", "degree": "^\\circ ", "infin": "\\infty ", "mathrm": "\\text",
    "textrm": "\\text", "textbf": "\\text", "textit": "\\text", "mathbf": "\\text", "mathit": "\\text",
    "mathsf": "\\text", "bf": "", "mbox": "\\text", "hbox": "\\text", "operatorname": "\\text", "emph": "\\text",
    "boldsymbol": "\\text", "bm": "\\text", "quad": " ", "qquad": " ", "displaystyle": "", "textstyle": "",
    "limits": "", "left": "", "right": "", "big": "", "Big": "", "bigl": "", "bigr": "", "Bigl": "", "Bigr": "",
    "bigg": "", "Bigg": "", "biggl": "", "biggr": "", "cr": "\\\\", "lor": " or ", "textdollar": "", "to": "\\to ",
    "thinspace": "\\,", "approxeq": "\\approx ", "simeq": "\\approx ", "bmatrix": "", "colon": ":", "pmb": "\\text",
    "langle": "(", "rangle": ")", "varnothing": "\\emptyset ", "backslash": "\\setminus ", "tbinom": "\\binom",
    "dbinom": "\\binom", "lnot": "not ", "Reals": "\\mathbb{R}", "land": " and ", "wedge": " and ", "vee": " or ",
}  # fmt: skip

MATH_MARKS = re.compile(r"(?<!\\)\\[()\[\]]|\\\$|\$")
GROUPED = re.compile(r"(?<![\d.,_^])\d{1,3}(?:(?:,|(?:\{,\}|\\,|,\\!|\\!,|\\;|\\:) ?)\d{3})+(?!\d|,\d)", re.ASCII)
SPACES = re.compile(r"(?<!\\)\\[,;: ]|~|\s+")
WORD_FUNCTION = re.compile(rf"(?<![A-Za-z\\])({'|'.join(FUNCTIONS.split())})(?![A-Za-z])")
GLUED_PI = re.compile(r"(?<=\d)(pi|sqrt)(?![A-Za-z])")
PLAIN_TEXT = re.compile(
    r"(?<![\d}] )(?<![\d}])(?<![\d}]~)(?<![\d}]\\ )(?<![\d}]\\,)(?<![\d}] \\,)"
    r"(?<![\d}]\\, )\\text\s*\{\s*([A-Za-z]|[\d.]+)\s*\}"
)
MIXED = re.compile(r"(?<![\d.{}^_*/)A-Za-z])(\d+)\s*\\frac\{(\d+)\}\{(\d+)\}", re.ASCII)
SPACED_MIXED = re.compile(r"^(-?)(\d+) (\d+)/(\d+)$", re.ASCII)
SPACED_NUMBER = re.compile(r"^-?\d{1,3}(?: \d{3})+$", re.ASCII)
ROW_SPACE = re.compile(r"\\\\ *\[ *-?[\d.]+ *(?:pt|em|ex|mm|cm) *\]")
REPEATING = re.compile(
    r"(?<![\d.])(?P<whole>\d{0,9})\.(?P<first>\d{0,20})(?:\\(?:overline|bar|dot) *\{(?P<period>\d{1,20})\})", re.ASCII
)
NUMBER_WORDS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "eleven": "11", "twelve": "12", "sixteen": "16",
}  # fmt: skip
NUMERAL_BASE = re.compile(
    rf"(?P<digits>[0-9A-F]+) *(?:_ *\{{? *\(? *\\text *\{{ *(?P<name>{'|'.join(NUMBER_WORDS)}) *\}} *\)? *\}}?)",
    re.ASCII,
)
CLOCK = re.compile(r"(?<=:\d\d) ?(?:\\text *\{ *)?([ap])\.? ?m\.?(?![A-Za-z])(?: *\})?", re.IGNORECASE)
UNIT_VECTOR = re.compile(
    r"\\(?:mathbf|boldsymbol|bm|hat|vec|widehat)\s*\{?\s*(?:\\(?:mathbf|boldsymbol|bm|hat)\s*\{)?\s*\\?([ijk])(?:math)?(?![A-Za-z])"
    r"\s*\}?\}?"
)
CURRENCIES = {"\\$": " dollars", "€": " euros", "£": " sterling", "¥": " yen", "₹": " rupees"}
CURRENCY_SIGN = re.compile(r"[$€£¥₹]")
AMOUNT = r"(?P<number>\d[\d,.{}\\! ]*|\.\d+)"
CURRENCY_BEFORE = re.compile(rf"(?P<sign>\\\$|[€£¥₹]) ?{AMOUNT}(?= *(?:$|[$;)]|\\text *\{{? *and|and|or))", re.ASCII)
CURRENCY_BEHIND = re.compile(rf"{AMOUNT} ?(?P<sign>\\\$|[€£¥₹])(?![\d.])", re.ASCII)
ALIGNED = re.compile(r"\\(?:begin|end) *\{(?:aligned|align\*?|alignat\*?|split|gathered|gather\*?|equation\*?)\}")
MODULO = re.compile(
    r"\(? *(?:\\text *\{ *mod *\}|\\[bp]?mod|(?<![A-Za-z\\])mod)(?![A-Za-z]) *"
    r"(?:\{ *(?=\w+ *\}))?(?P<modulus>\w+)(?: *\})?(?: *\))?",
    re.ASCII,
)
ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)(?![A-Za-z])")
INDEXED = re.compile(r"(?<![A-Za-z\\{])(?:(?<!\d)[A-F]|[a-dfgh-zG-Z])(?=\d)(\d+)(?![\d.])", re.ASCII)
SYMBOLS = [
    ("**", "^"),
    ("<=", "\\le "),
    (">=", "\\ge "),
    ("=<", "\\le "),
    ("!=", "\\ne "),
    ("==", "="),
    ("~=", "\\approx "),
]


@functools.lru_cache(maxsize=512)
def canonical(text: str, *, grouped: bool = True) -> str:
    """The text in the one notation.

    Args:
        text: an answer as it was written.
        grouped: whether ``300,400`` outside brackets is one number and not two.

    Raises:
        Unreadable: it is longer or deeper than any answer, or a brace is missing.
    """
    if len(text) > MAX_ANSWER:
        raise Unreadable(f"longer than {MAX_ANSWER} characters")
    braces = re.sub(r"\\[{}]|[^{}]", "", text)
    if matching(f"{{{braces}}}", 0, "{", "}") != len(braces) + 1:
        raise Unreadable("a brace is missing")
    if deepest(text) > MAX_DEPTH:
        raise Unreadable("nested too deeply")
    text = latex_of_sympy(_plain_characters(text.strip()))
    text = ROW_SPACE.sub(r"\\\\", text)
    if "\\begin" not in text:
        text = re.sub(r"\\\\(?=[A-Za-z]{2})", r"\\", text)  # doubled by one escaping too many
    text = _without_decoration(_without_alignment(text), grouped)
    text = MODULO.sub(r"\\pmod{\g<modulus>}", text)
    text = _words(text)
    text = Arguments(text).read()
    text = MIXED.sub(_mixed, text)
    if SPACED_NUMBER.match(text):
        text = text.replace(" ", "")
    if match := SPACED_MIXED.match(text):
        sign, whole, top, bottom = match.groups()
        text = f"{sign}({whole}+\\frac{{{top}}}{{{bottom}}})"
    return text.strip()


def _plain_characters(text: str) -> str:
    if text.isascii():
        return text
    text = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿⁱ]+", lambda found: f"^{{{found[0].translate(SUPERSCRIPTS)}}}", text)
    text = re.sub(r"[₀₁₂₃₄₅₆₇₈₉]+", lambda found: f"_{{{found[0].translate(SUBSCRIPTS)}}}", text)
    text = "".join(FRACTIONS.get(char, char) for char in text).translate(UNICODE)
    text = unicodedata.normalize("NFKC", text).translate(UNICODE)
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)


def _without_decoration(text: str, grouped: bool) -> str:
    text = _unit_vectors(_currency(text))
    text = MATH_MARKS.sub(" ", text)
    text = COMMAND.sub(lambda found: ALIASES.get(found[1], found[0]), text)
    text = PLAIN_TEXT.sub(r" \1 ", text)
    text = NUMERAL_BASE.sub(_numeral_base, text)
    text = _without_grouping(text, grouped)
    text = REPEATING.sub(_repeating, text)
    text = text.replace("{,}", ",").replace("\\!", "").replace("\\%", "%").replace("\\#", "#").replace("\\&", " and ")
    text = re.sub(r"\n\s*\n\s*", ", ", text)
    return SPACES.sub(" ", text).strip()


def _without_alignment(text: str) -> str:
    """The rows of an aligned display as a list."""
    if not ALIGNED.search(text):
        return text
    rows = ALIGNED.sub("", text).replace("&", "").split("\\\\")
    return ", ".join(row.strip() for row in rows if row.strip())


def _currency(text: str) -> str:
    """A sign of money before or behind a number as the unit behind it."""
    if not CURRENCY_SIGN.search(text):
        return text
    if text.count("$") - text.count("\\$") == 1:
        text = re.sub(r"(?<!\\)\$(?= ?[-\d.])", r"\\$", text)  # one alone marks no formula
    for pattern in (CURRENCY_BEFORE, CURRENCY_BEHIND):
        text = pattern.sub(lambda found: f"{found['number']} \\text{{{CURRENCIES[found['sign']]}}}", text)
    return text


def _unit_vectors(text: str) -> str:
    r"""``\mathbf{i}``, ``\vec i`` and ``\hat{\imath}`` as ``\hat{i}``, where two directions are named."""
    found = UNIT_VECTOR.findall(text)
    return UNIT_VECTOR.sub(r"\\hat{\1}", text) if len(set(found)) > 1 else text


def _numeral_base(found: re.Match[str]) -> str:
    name = found["name"] or ""
    return f"{found['digits']}_{{{NUMBER_WORDS.get(name, name)}}}"


def _repeating(found: re.Match[str]) -> str:
    """A repeating decimal as the fraction that it is."""
    whole, first, period = found["whole"] or "0", found["first"], found["period"]
    bottom = 10 ** len(first) * (10 ** len(period) - 1)
    return f"\\frac{{{int(whole + first + period) - int(whole + first)}}}{{{bottom}}}"


def _without_grouping(text: str, grouped: bool) -> str:
    """Numbers without thousands marks; a plain comma within brackets stands between two items."""
    bracket = 0
    kept: list[str] = []
    end = 0
    for found in GROUPED.finditer(text):
        between = text[end : found.start()]
        bracket += sum(map(between.count, "([")) - sum(map(between.count, ")]"))
        plain = re.search(r"\d,\d", found[0]) is not None
        kept += [between, found[0] if plain and (bracket > 0 or not grouped) else re.sub(r"[^0-9]", "", found[0])]
        end = found.end()
    return "".join([*kept, text[end:]])


def _words(text: str) -> str:
    if text.startswith("**") and text.endswith("**"):
        text = text.strip("*")
    text = text.strip("`\"' ").rstrip(".,;:! ") if not text.endswith("!") else text.strip("`\"' ")
    for written, meant in SYMBOLS:
        text = text.replace(written, meant)
    text = ORDINAL.sub("", text)
    text = INDEXED.sub(lambda found: f"{found[0][0]}_{{{found[1]}}}", text)
    text = WORD_FUNCTION.sub(r"\\\1 ", text)
    text = re.sub(r"(?<![A-Za-z\\])(?:oo|inf|infinity|Infinity)(?![A-Za-z])", r"\\infty ", text)
    text = re.sub(r"(?<=[)\]}]) *U *(?=[(\[]|\\\{)", r"\\cup ", text)
    text = CLOCK.sub(lambda found: f" {found[1].lower()}m", text)
    return GLUED_PI.sub(r"\\\1 ", text)


def _mixed(found: re.Match[str]) -> str:
    whole, top, bottom = found.groups()
    return f"({whole}+\\frac{{{top}}}{{{bottom}}})" if int(top[:50]) < int(bottom[:50]) else found[0]
