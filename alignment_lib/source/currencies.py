"""How currencies are written in a CRM: codes, signs and names, and which of them stands in a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

CODES = frozenset(
    (
        "AED", "ARS", "AUD", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP", "EUR", "GBP", "HKD",
        "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KES", "KRW", "MAD", "MXN", "MYR", "NGN", "NOK", "NZD", "PEN", "PHP",
        "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD", "UYU", "VND", "ZAR",
    )
)  # fmt: skip
"""Those of ISO 4217 that amounts are commonly written with."""
SIGNS = {
    "US$": "USD", "R$": "BRL", "CA$": "CAD", "C$": "CAD", "AU$": "AUD", "A$": "AUD", "NZ$": "NZD", "HK$": "HKD",
    "S$": "SGD", "MX$": "MXN", "NT$": "TWD", "€": "EUR", "£": "GBP", "₹": "INR", "₽": "RUB", "₺": "TRY", "₩": "KRW",
    "₪": "ILS", "฿": "THB", "₫": "VND", "₱": "PHP", "₦": "NGN", "₴": "UAH", "zł": "PLN", "Kč": "CZK", "Ft": "HUF",
}  # fmt: skip
"""Signs that one currency alone is written with."""
_SHARED = {
    "$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "TWD", "ARS", "CLP", "COP"),
    "¥": ("JPY", "CNY"), "￥": ("JPY", "CNY"), "kr": ("", "SEK", "NOK", "DKK", "ISK"),
}  # fmt: skip
"""Signs of several currencies: the company's own where it is one of them, else the first; empty: nobody can tell."""
_NAMES = {"EURO": "EUR", "EUROS": "EUR", "US DOLLAR": "USD", "DOLLAR": "USD", "BRITISH POUND": "GBP",
          "POUND STERLING": "GBP", "SWISS FRANC": "CHF", "JAPANESE YEN": "JPY"}  # fmt: skip
_WORDS = {
    "dollar": "USD", "dollars": "USD", "euro": "EUR", "euros": "EUR", "pound": "GBP", "pounds": "GBP", "yen": "JPY",
    "franken": "CHF", "francs": "CHF", "rupees": "INR", "zloty": "PLN", "kronor": "SEK", "kroner": "NOK",
}  # fmt: skip
"""How people write a currency beside an amount, where `strip:` names the word."""
MARKS = tuple(sorted((*CODES, *SIGNS, *_SHARED), key=lambda mark: (-len(mark), mark)))
"""Everything that stands for a currency beside an amount, the longest first: `R$` before `$`."""


def code(mark: str, company: str) -> str:
    """The currency of a mark, in the eyes of a company whose own is given.

    >>> code("R$", "EUR"), code("$", "EUR"), code("$", "CAD"), code("kr", "NOK"), code("kr", "EUR")
    ('BRL', 'USD', 'CAD', 'NOK', 'KR')
    """
    meant = _SHARED.get(mark, ())
    return company if company in meant else SIGNS.get(mark, meant[0] if meant else mark) or mark.upper()


def written(strip: Sequence[str]) -> tuple[str, ...]:
    """The marks that can stand in amounts of which these texts or characters are taken out."""
    characters = set("".join(strip))
    return tuple(mark for mark in MARKS if set(mark) <= characters)


def is_told(strip: Sequence[str]) -> bool:
    """Whether what is taken out of amounts may tell their currency."""
    return bool(written(strip)) or any(s.strip().casefold() in _WORDS for s in strip)


def beside_amount(text: Any, strip: Sequence[str], company: str) -> Any:
    """The currency that stands beside an amount, an Ibis column; null where none does."""
    import ibis

    words = sorted({word for s in strip if (word := s.strip().casefold()) in _WORDS}, key=len, reverse=True)
    branches = [(text.lower().contains(word), ibis.literal(_WORDS[word])) for word in words]
    branches += [(text.contains(mark), ibis.literal(code(mark, company))) for mark in written(strip)]
    return ibis.cases(*branches, else_=ibis.null("string")) if branches else ibis.null("string")


def of_column(text: Any, company: str) -> Any:
    """The code that a cell of a currency column means: a code, a sign, a name, a code within a text; else the text.

    What is none that we know stays a currency of its own, so that its amounts are in no sum of others.
    """
    import ibis

    upper = text.upper()
    within = r"(^|[^A-Z])([A-Z]{3})([^A-Z]|$)"
    marks = {m: ibis.literal(code(m, company)) for m in MARKS if m not in CODES}
    branches = [(upper == mark.upper(), known) for mark, known in marks.items()]
    branches += [(upper == name, ibis.literal(known)) for name, known in _NAMES.items()]
    branches += [(upper.re_search(within), upper.re_extract(within, 2))]
    branches += [(upper.contains(mark), known) for mark, known in marks.items() if not mark[-1].isalpha()]
    return ibis.cases(*branches, else_=upper)
