"""Names of months, whole and short, in English, German, French and Spanish."""

from __future__ import annotations

_NAMES = (
    "january jan januar jänner jän janvier janv enero ene",
    "february feb februar feber février fevrier févr fevr fév febrero",
    "march mar märz maerz mär mrz mars marzo",
    "april apr avril avr abril abr",
    "may mai mayo",
    "june jun juni juin junio",
    "july jul juli juillet juil julio",
    "august aug août aout agosto ago",
    "september sept sep septembre septiembre setiembre set",
    "october oct oktober okt octobre octubre",
    "november nov novembre noviembre",
    "december dec dezember dez décembre decembre déc diciembre dic",
)
MONTHS = {name: number for number, names in enumerate(_NAMES, start=1) for name in names.split()}
"""Number by name, in small letters."""
MONTH = "(?i)(?:" + "|".join(sorted(MONTHS, key=lambda name: (-len(name), name))) + r")\.?"
"""A regular expression of any of them; the longest come first, so that none is taken for its beginning."""
