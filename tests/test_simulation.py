"""The simulation runner: what it prints, when it runs a design again, what counts as failed."""

import pytest

from tests.simulation import run as simulation
from tests.simulation.run import DESIGNS, MORE, SECOND_SEED, SEED, main, run_design


def test_every_design_is_listed_once_and_states_its_criterion() -> None:
    listed = [*simulation.designs_a.DESIGNS, *simulation.designs_b.DESIGNS, *simulation.designs_c.DESIGNS]
    assert len(DESIGNS) == len(listed)
    assert all(name == f"A{int(name[1:]):02d}" and criterion for name, criterion, _ in listed)


def test_a_design_that_passes_runs_once() -> None:
    calls: list[tuple[int, float]] = []

    def passing(seed: int, scale: float) -> tuple[str, bool]:
        calls.append((seed, scale))
        return "fine", True

    outcome = run_design(("A99", "be fine", passing))
    assert calls == [(SEED, 1.0)]
    assert outcome.met
    assert "A99  pass  observed fine  |  be fine" in outcome.line()


@pytest.mark.parametrize("second", [True, False])
def test_a_miss_is_run_again_with_another_seed_and_more_replicates(second: bool) -> None:
    calls: list[tuple[int, float]] = []

    def missing(seed: int, scale: float) -> tuple[str, bool]:
        calls.append((seed, scale))
        return f"run {len(calls)}", second and len(calls) > 1

    outcome = run_design(("A99", "be fine", missing))
    assert calls == [(SEED, 1.0), (SECOND_SEED, MORE)]
    assert outcome.met is second
    assert "run 2 (first run: run 1)" in outcome.line()
    assert "second run" in outcome.line()


def test_an_exception_is_a_failure() -> None:
    def broken(seed: int, scale: float) -> tuple[str, bool]:
        raise ValueError("no such thing")

    outcome = run_design(("A99", "be fine", broken))
    assert not outcome.met
    assert "FAIL  observed raised ValueError: no such thing" in outcome.line()


def test_last_line_and_exit_code(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for met, code, last in ((True, 0, "1 passed, 0 failed"), (False, 1, "0 passed, 1 failed")):
        monkeypatch.setitem(DESIGNS, "A98", ("A98", "be fine", lambda seed, scale, met=met: ("as seen", met)))
        assert main(["--only", "A98"]) == code
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith("[1/1] A98  ")
        assert lines[-1] == last


def test_metamorphic_design_in_small() -> None:
    # A19 of the statistical specification; the nightly run does it in full
    observed, met = simulation.designs_b.a19(SEED, 0.1)
    assert met, observed
