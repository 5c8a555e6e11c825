"""Finds secrets and personal data in a text: tokens, keys, passwords, addresses, telephone, card and account numbers.

What has a check digit is checked, what is published as an example is none, and what arithmetic may look like counts
only in a form that arithmetic does not have. Every pattern is bounded and starts at the beginning of a word, so a text
is searched in linear time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from typing import Literal, NamedTuple

Kind = Literal["token", "private-key", "password", "email", "phone", "card", "iban"]


MAX_FOUND = 1_000
"""Leaks of one kind that are counted."""


class Place(NamedTuple):
    """Where something leaks."""

    kind: Kind
    start: int
    end: int


TOKEN = re.compile(
    r"(?<![A-Za-z0-9_-])(?:"
    r"(?:AKIA|ASIA)[A-Z0-9]{16}"  # Amazon
    r"|gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}"
    r"|sk-(?:proj|svcacct|admin|ant)-[A-Za-z0-9_-]{20,255}|sk-[A-Za-z0-9]{32,255}"  # OpenAI, Anthropic
    r"|xox[a-z]-[A-Za-z0-9-]{10,255}"  # Slack
    r"|AIza[A-Za-z0-9_-]{35}"  # Google
    r"|[sr]k_live_[A-Za-z0-9]{16,255}"  # Stripe
    r"|hf_[A-Za-z0-9]{30,255}"  # Hugging Face
    r"|glpat-[A-Za-z0-9_-]{20,255}"  # GitLab
    r"|eyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,4000}"  # JSON web token
    r")(?![A-Za-z0-9_-])"
)
PLACEHOLDER = re.compile(r"example|your|x{5}|abcdefg|1234567|\.{3}|(.)\1{7}", re.IGNORECASE)
PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?=[^-]{0,400}[A-Za-z0-9+/]{32})"
)
PASSWORD = re.compile(
    r"(?<![A-Za-z0-9+.-])[a-z][a-z0-9+.-]{1,15}://[^\s:/@?#\"'<>]{0,64}:([^\s/@\"'<>]{3,128})@([A-Za-z0-9.-]{1,200})"
)
NO_PASSWORD = re.compile(
    r"(?:my|your)?[-_]?(?:pass(?:word|wd)?|pwd|pw|secret|token|key|\*+|x+|\.+)\d{0,4}", re.IGNORECASE
)
VARIABLE = re.compile(r"[${}%\[\]]")
EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])([A-Za-z0-9][A-Za-z0-9._%+-]{0,63})@((?:[A-Za-z0-9-]{1,63}\.){1,4}"
    r"(?:[a-z]{2}|[A-Z]{2}|com|org|net|edu|gov|mil|int|info|biz|dev|app|name|pro|xyz|cloud|COM|ORG|NET))(?![\w(@-])"
)
RESERVED = re.compile(r"(?:^|\.)(?:example\.(?:com|org|net)|example|test|invalid|localhost)$", re.IGNORECASE)
"""RFC 2606: names that belong to nobody."""
NOBODY = re.compile(
    r"(?:user|username|name|your[._-]?name|you|someone|somebody|test|foo|bar|email|mail|example|git|no-?reply|info|admin"
    r"|support|contact|postmaster|webmaster|(?:first|firstname)[._-](?:last|lastname)|(?:john|jane)[._-]?doe)\d{0,3}",
    re.IGNORECASE,
)
NO_DOMAIN = re.compile(r"(?:my|your)?-?(?:domain|company|mail|email|website|site|test|host|server)\.\w+", re.IGNORECASE)

APART = r"(?<![\w.,+*/=^$\\-])(?<!\d[ .-])(?<![=+*/(-] )"
"""Before a number that is no part of a formula, of a longer number or of a row of numbers."""
ENDS = r"(?![\w^%])(?![ .,-]?\d)(?!\)?\s?[=+*/^])"
PHONE = re.compile(
    r"(?<![\w+)])"
    r"(?P<international>\+[1-9]\d{6,14}|\+[1-9]\d{0,2}(?:[ .-]?\(\d{1,4}\))?(?:[ .-]\d{2,8}){1,5})" + ENDS + "|"
    + APART + r"(?P<american>\([2-9]\d{2}\) ?[2-9]\d{2}[.-]\d{4}|[2-9]\d{2}([ .-])[2-9]\d{2}\3\d{4})" + ENDS + "|"
    + APART + r"(?P<grouped>0[1-9](?:([ .-])\d{2})(?:\5\d{2}){3}|0[1-9]\d{1,3}[ /-]\d{3,4} ?\d{3,5})" + ENDS,
)  # fmt: skip
COUNTRY = re.compile(
    r"1[2-9]\d{9}$|(?:7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|2[1-689]\d|3[578]\d|42\d|5[09]\d|6[789]\d"
    r"|8[058]\d|9[679]\d)\d{6,12}$"
)
"""Country calling codes with numbers of their length."""
FICTIONAL = re.compile(r"1?\d{3}5550[01]\d\d$|4420794609\d\d$|447700900\d{3}$|02079460\d{3}$|07700900\d{3}$")
CARD = re.compile(APART + r"(?:\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5}|\d{13,19})" + ENDS)
ISSUER = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|3(?:0[0-5]|[68]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}|6(?:011|5\d\d|4[4-9]\d)\d{12}|62\d{14,17}"
)
CARD_WORDS = re.compile(
    r"\b(?:card|visa|mastercard|amex|american express|credit|debit|cvv|cvc|karte|carte|tarjeta)\b", re.I
)
IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI NL", 19: "MK SI", 20: "AT BA EE LT LU XK", 21: "CH HR LI LV",
        22: "BG BH DE GB IE RS", 23: "AE GI IL", 24: "AD CZ ES PK RO SA SE SK TN", 25: "PT", 26: "IS TR",
        27: "FR GR IT MC SM", 28: "AL AZ CY HU PL", 29: "BR EG QA UA", 31: "MT",
    }.items()
    for country in countries.split()
}  # fmt: skip
PUBLISHED = frozenset(
    [
        "4111111111111111",
        "4242424242424242",
        "4012888888881881",
        "4222222222222",
        "5555555555554444",
        "5105105105105100",
        "378282246310005",
        "371449635398431",
        "6011111111111117",
        "3530111333300000",
        "30569309025904",
        "DE89370400440532013000",
        "GB82WEST12345698765432",
        "GB29NWBK60161331926819",
        "FR1420041010050500013M02606",
        "NL91ABNA0417164300",
    ]
)
"""Numbers that manuals give as examples."""


def find_leaks(text: str, kinds: frozenset[Kind]) -> Iterator[Place]:
    """Every leak of ``kinds`` in the order of the text; of two that overlap the first."""
    found = [
        Place(kind, *span)
        for kind, (needed, find) in DETECTORS.items()
        if kind in kinds and needed in text
        for span in islice(find(text), MAX_FOUND)
    ]
    end = 0
    for place in sorted(found, key=lambda place: place.start):
        if place.start >= end:
            yield place
            end = place.end


def plain(text: str) -> str:
    """``text`` without what may stand between the parts of a number, in one case."""
    return re.sub(r"[\s().\-/]+", "", text).lower()


def has_check_digit(digits: str) -> bool:
    """Whether a card number ends with its check digit (Luhn, ISO/IEC 7812-1)."""
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    return (sum(map(int, digits[::-2])) + sum(value - 9 * (value > 9) for value in doubled)) % 10 == 0


def _tokens(text: str) -> Iterator[tuple[int, int]]:
    return (found.span() for found in TOKEN.finditer(text) if not PLACEHOLDER.search(found[0]))


def _private_keys(text: str) -> Iterator[tuple[int, int]]:
    return (found.span() for found in PRIVATE_KEY.finditer(text))


def _passwords(text: str) -> Iterator[tuple[int, int]]:
    for found in PASSWORD.finditer(text):
        password, host = found.groups()
        if not NO_PASSWORD.fullmatch(password) and not VARIABLE.search(password) and not RESERVED.search(host):
            yield found.span()


def _emails(text: str) -> Iterator[tuple[int, int]]:
    for found in EMAIL.finditer(text):
        name, domain = found.groups()
        if not (RESERVED.search(domain) or NOBODY.fullmatch(name) or NO_DOMAIN.fullmatch(domain)):
            yield found.span()


def _phones(text: str) -> Iterator[tuple[int, int]]:
    for found in PHONE.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        groups = [int(group) for group in re.findall(r"\d+", found[0])]
        steps = {right - left for left, right in pairwise(groups)}
        if FICTIONAL.search(digits) or len(set(digits)) < 3 or (len(groups) > 2 and len(steps) == 1):
            continue
        if found["international"] is None or (COUNTRY.match(digits) and not digits.endswith("0000")):
            yield found.span()


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for found in CARD.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        if digits in PUBLISHED or not ISSUER.fullmatch(digits) or not has_check_digit(digits):
            continue
        if found[0] != digits or CARD_WORDS.search(text, max(0, found.start() - 60), found.start()):
            yield found.span()


def _accounts(text: str) -> Iterator[tuple[int, int]]:
    for found in IBAN.finditer(text):
        account = found[0].replace(" ", "")
        if account in PUBLISHED or len(account) != IBAN_LENGTHS.get(account[:2]):
            continue
        if int("".join(str(int(sign, 36)) for sign in account[4:] + account[:4])) % 97 == 1:
            yield found.span()


DETECTORS: dict[Kind, tuple[str, Callable[[str], Iterator[tuple[int, int]]]]] = {
    "token": ("", _tokens),
    "private-key": ("PRIVATE KEY", _private_keys),
    "password": ("://", _passwords),
    "email": ("@", _emails),
    "phone": ("", _phones),
    "card": ("", _cards),
    "iban": ("", _accounts),
}
"""A text that must be there, and the search."""
