"""Everything that a user sets: the YAML files of params/ and the command line, checked before anything runs."""

from alignment_lib.params.company import Calendar, Company
from alignment_lib.params.mapping import ColumnMapping, SourceMapping, TableMapping
from alignment_lib.params.monthly import Monthly
from alignment_lib.params.period import Month, Week
from alignment_lib.params.run import Request, RunParams, load
from alignment_lib.params.settings import Definitions, Sla, Weekly

__all__ = [
    "Calendar",
    "ColumnMapping",
    "Company",
    "Definitions",
    "Month",
    "Monthly",
    "Request",
    "RunParams",
    "Sla",
    "SourceMapping",
    "TableMapping",
    "Week",
    "Weekly",
    "load",
]
