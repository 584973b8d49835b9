"""Every verdict on the data of a source."""

from __future__ import annotations

from dataclasses import replace

from alignment_lib.checks import trial
from alignment_lib.contract import CONTRACT
from alignment_lib.params import RunParams
from alignment_lib.source import Source
from alignment_lib.source.tables import Check


def all_checks(source: Source, params: RunParams) -> list[Check]:
    """The checks on every table that is mapped, failures among them, the gravest first."""
    whole = replace(params, asked_week=None, asked_month=None, asked_as_of=None)
    return list(trial(source, whole, names=(*source.names, *CONTRACT), of_data=True).checks)
