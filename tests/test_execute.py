"""What the command line's own process does without while it runs a notebook."""

from __future__ import annotations

import importlib
import sys

import pytest

from alignment_lib.report.execute import _absent


def test_what_seems_not_to_be_there_is_there_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that was loaded before stays; another cannot be loaded meanwhile, and can be afterwards."""
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with _absent("json"), _absent("colorsys"):
        assert sys.modules["json"].loads("1") == 1
        with pytest.raises(ImportError):
            importlib.import_module("colorsys")
    assert sys.modules["json"].loads("1") == 1
    assert importlib.import_module("colorsys").rgb_to_hsv(0, 0, 0) == (0, 0, 0)
