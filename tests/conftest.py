"""What holds for every test: in CI property tests try the same examples each time, so that red can be repeated."""

from __future__ import annotations

import gc
import os
import sys
from typing import Any

import pytest
from hypothesis import settings

from tests import compiled
from tests.shared_postgres import crm, server
from tests.shared_runs import demo_month, demo_week
from tests.slow import arrange, unit

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("here", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
"""As in alignment_lib/report/execute.py: a second of each worker's start."""
compiled.install()
__all__ = ["crm", "demo_month", "demo_week", "server"]
os.environ["ALIGNMENT_REPORTS"] = os.path.join(os.path.dirname(__file__), "no-reports")
"""What stands in a developer's own reports/ is no matter of tests; runs of the command line name their own folder."""
os.environ.pop("ALIGNMENT_DATA", None)
"""Nor is where their own data lies."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out whole units, in the order of `arrange`."""
    from xdist.scheduler import LoadScopeScheduling

    class Units(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit(nodeid)

    config.option.loadscopereorder = False
    return Units(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    arrange(items, parallel="PYTEST_XDIST_WORKER" in os.environ)


def pytest_collection_finish() -> None:
    """What is loaded by now stays, and reports leave little in circles: the collector of garbage need not look often.

    Its pace is that of a report's own kernel, alignment_lib/report/kernel_main.py.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
