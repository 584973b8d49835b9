"""The command line: thin. Exit codes: 0 published, 2 parameters, 3 data, 4 notebook, gate or mail, 5 held."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from alignment_lib import __version__
from alignment_lib.errors import AlignmentError, ParamsError
from alignment_lib.params.home import HOME
from alignment_lib.params.kinds import KINDS, Kind, kind
from alignment_lib.report.session_names import DATA

EPILOG = (
    "exit codes: 0 published; 2 bad parameters, mapping or an unreachable source; 3 data that fails a check;"
    " 4 the notebook or the gate failed, or a mail did not reach everybody; 5 published (or checked), and held back:"
    " nothing of it is mailed; anything else is a bug"
)


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are one sentence and exit code 2."""

    def error(self, message: str) -> NoReturn:
        raise ParamsError(f"{message}; see: {self.prog} --help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the only place that reads the clock and turns errors into exit codes."""
    told, home = "nothing was published", os.environ.get(HOME)
    try:
        given = _parser().parse_args(arguments)
        told = getattr(given, "stopped", told)
        if given.home:
            os.environ[HOME] = str(Path(given.home).resolve())
        return given.run(given) or 0
    except AlignmentError as problem:
        print(f"alignment: {problem}", file=sys.stderr)
        return problem.exit_code
    except BrokenPipeError:  # whoever read the lines has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print(f"alignment: stopped; {told}", file=sys.stderr)
        return 130
    finally:
        os.environ.pop(HOME, None)
        os.environ.update({} if home is None else {HOME: home})


ABOUT = "Reports on which marketing and sales agree, made of what a CRM exports."


def _parser() -> _Parser:
    parser = _Parser(prog="alignment", description=ABOUT, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"alignment {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", parser_class=_Parser)
    for report in KINDS:
        _report(commands, report)
    _mail(commands)
    _check(commands)
    _inspect(commands)
    _decide(commands)
    _demo(commands)
    _init(commands)
    for command in commands.choices.values():
        _home_option(command)
    return parser


def _home_option(parser: Any) -> None:
    inner = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    for one in (p for action in inner for p in action.choices.values()):
        _home_option(one)
    if not inner:
        told = "whose params, kept tables and notebooks count (the nearest folder upwards with params/company.yaml)"
        parser.add_argument("--home", default="", metavar="DIR", help=told)


def _report(commands: Any, about: Kind) -> None:
    report = commands.add_parser(about.name, help=f"render and publish: {about.title}", epilog=EPILOG)
    _run_options(report, about)
    report.set_defaults(run=_run_report)


def _run_options(parser: Any, about: Kind) -> None:
    _data_options(parser, about)
    parser.add_argument(
        "--slice", default="", metavar="NAME=VALUE", help="only these leads and deals: segment=enterprise"
    )
    _out_option(parser)
    parser.add_argument("--notebook", default="", metavar="FILE", help="your own copy of the notebook")
    parser.add_argument(
        "--accept", default="", metavar="CHECK", help="let this check pass though it holds; needs --because"
    )
    parser.add_argument("--because", default="", metavar="TEXT", help="why: it stands on the page and in the manifest")


def _data_option(parser: Any, name: str = "--data", **more: Any) -> None:
    """Where the data is; the environment may tell, for arguments are no place for a password: every user reads them."""
    told = f"folder of the export, or a database's URL (the environment's {DATA})"
    parser.add_argument(name, default=os.environ.get(DATA, ""), metavar="DIR|URL", help=told, **more)


def _out_option(parser: Any) -> None:
    default = "reports, or reports/SOURCE where these are another source's"
    parser.add_argument("--out", default="", metavar="DIR", help=f"where reports are published ({default})")


def _data_options(parser: Any, report: Kind = KINDS[0]) -> None:
    parser.add_argument("--source", default="", metavar="NAME|FILE", help="a source of params/sources/, or a YAML")
    _data_option(parser)
    example = {"day": "2018-03-21", "week": "2018-W12", "month": "2018-04"}[report.noun]
    default = "the one under way" if report.ahead else "the last complete one"
    until = "now" if report.ahead else "the end of the period"
    parser.add_argument(f"--{report.noun}", default="", metavar=example, help=f"{report.noun}; default {default}")
    parser.add_argument(
        "--as-of",
        default="",
        metavar="INSTANT",
        help=f"nothing later is counted; default {until}",
    )
    parser.add_argument("--params", default=report.settings, metavar="FILE", help="the report's settings")
    parser.set_defaults(report=report.name)


REPORT_OF = {"week": "weekly", "month": "monthly", "day": "pulse"}
"""Whose verdicts `check` reaches, by the period that is asked for."""
YES, NO = {"1", "y", "yes", "true", "on"}, {"0", "n", "no", "false", "off", ""}


def _yes(text: str) -> bool:
    """A word for yes or for no; another is refused, for a mail that was not sent must not look like one that was."""
    word = text.strip().lower()
    if word not in YES | NO:
        raise argparse.ArgumentTypeError(f"'{text[:40]}' is neither yes nor no: 1, or nothing for a dry run")
    return word in YES


def _mail(commands: Any) -> None:
    mail = commands.add_parser("mail", help="write a report's mails, and send them", epilog=EPILOG)
    reports = mail.add_subparsers(title="reports", required=True, metavar="REPORT", parser_class=_Parser)
    for about in KINDS:
        report = reports.add_parser(about.name, help=f"mail: {about.title}", epilog=EPILOG)
        _run_options(report, about)
        report.add_argument(
            "--send",
            nargs="?",
            const=True,
            default=False,
            type=_yes,
            metavar="yes|no",
            help="deliver by SMTP (SMTP_HOST …); without it: a dry run",
        )
        report.add_argument(
            "--resend",
            nargs="?",
            const="uncertain",
            default="",
            type=lambda text: "uncertain" if text.strip().lower() in YES else text.strip(),
            choices=("uncertain", "refused", "none", "all"),
            help="send these once more, with a subject that says so (uncertain); none: runs whose mails the ledger lost"
            " are taken as sent",
        )
        report.add_argument("--recipients", default="", metavar="FILE", help="who gets which (params/recipients.yaml)")
        report.set_defaults(run=_run_mail, stopped="what was sent is on record, and the same command goes on")


def _check(commands: Any) -> None:
    check = commands.add_parser("check", help="the verdicts of a report without the report", epilog=EPILOG)
    _run_options(check, KINDS[0])
    for noun, example in (("month", "2018-04"), ("day", "2018-03-21")):
        check.add_argument(f"--{noun}", default="", metavar=example, help=f"judge the report of a {noun}")
    check.set_defaults(run=_run_check)


def _inspect(commands: Any) -> None:
    inspect = commands.add_parser("inspect", help="profile an export and write a first mapping", epilog=EPILOG)
    _data_option(inspect, "data", nargs="?")
    inspect.add_argument("--out", default="", metavar="FILE", help="params/sources/NAME.yaml; without it: printed")
    inspect.add_argument("--name", default="", metavar="NAME", help="the source's name (the file's, or the folder's)")
    inspect.add_argument("--guess", action="store_true", help="guess every column, though the CRM's export is known")
    inspect.set_defaults(run=_run_inspect)


def _decide(commands: Any) -> None:
    decide = commands.add_parser(
        "decide", help="record a decision or an issue of the meeting, close one, or list what is open", epilog=EPILOG
    )
    decide.add_argument("what", nargs="?", default="", metavar="DECISION", help="what was decided, in one line")
    decide.add_argument("--issue", default="", metavar="TEXT", help="what is not working, in place of a decision")
    decide.add_argument("--close", default="", metavar="ID", help="a decision that is done, an issue that is solved")
    decide.add_argument("--list", action="store_true", dest="listed", help="what is open, with owner and due day")
    decide.add_argument("--owner", default="", metavar="NAME", help="who answers for it")
    decide.add_argument("--due", default="", metavar="DAY", help="until when: 2026-10-05")
    decide.add_argument("--measure", default="", metavar="TEXT", help="how to tell that a decision worked")
    decide.add_argument("--meeting", default="", metavar="TEXT", help="where it was decided: weekly 2026-W38")
    decide.add_argument("--team", default="", metavar="NAME", help="whose issue it is")
    decide.add_argument("--metric", default="", metavar="NAME", help="the metric that an issue is about")
    decide.add_argument("--action", default="", metavar="TEXT", help="what is done about an issue")
    decide.add_argument("--raised-by", default="", metavar="NAME", help="who raised an issue")
    decide.add_argument("--id", default="", metavar="ID", help="an id of your own; default the next free one")
    decide.add_argument("--on", default="", metavar="DAY", help="the day of it; default today")
    decide.add_argument("--source", default="", metavar="NAME|FILE", help="a source of params/sources/, or a YAML")
    _data_option(decide)
    decide.add_argument("--params", default="params/weekly.yaml", metavar="FILE", help="the report's settings")
    _out_option(decide)
    decide.set_defaults(run=_run_decide)


def _demo(commands: Any) -> None:
    demo = commands.add_parser("demo", help="write the embedded demo company's CRM export", epilog=EPILOG)
    demo.add_argument("--out", required=True, metavar="DIR", help="an empty or new folder")
    demo.add_argument("--leads", type=int, default=12_000, metavar="N", help="how many leads (12000)")
    demo.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed, the same company (1)")
    demo.add_argument("--format", default="csv", choices=("csv", "parquet"), help="of the files (csv)")
    demo.add_argument(
        "--until", default="", metavar="INSTANT", help="when the export was made; later events are unknown"
    )
    demo.set_defaults(run=_run_demo)


def _init(commands: Any) -> None:
    init = commands.add_parser(
        "init", help="make a folder of your own: params, notebooks, tables to keep", epilog=EPILOG
    )
    init.add_argument("place", metavar="NAME", help="a new folder")
    init.set_defaults(run=_run_init)


def _request(given: Any) -> Any:
    from alignment_lib.params import Request

    names = ("week", "as_of", "slice", "month", "day", "accept", "because")
    asked = {name: getattr(given, name, "") for name in names}
    settings = given.params or kind(given.report).settings
    return Request(given.source, given.data, params=settings, report=given.report, **asked)


def _run_report(given: Any) -> int:
    from alignment_lib.params.run import parse_release
    from alignment_lib.report.run import run
    from alignment_lib.report.verdict import HELD, checks_of, held, idle, letting_pass, warned

    page = run(_job(given))
    print(page)
    checks = checks_of(page.parent)
    for line in (*idle(checks, parse_release(given.accept, given.because)), *letting_pass(checks), *warned(checks)):
        print(line, file=sys.stderr)
    reasons = held(page.parent)
    for reason in reasons:
        print(f"HELD: {reason}")
    return HELD if reasons else 0


def _job(given: Any) -> Any:
    from alignment_lib.params.home import notebook
    from alignment_lib.report.folder import base
    from alignment_lib.report.run import Job

    return Job(
        report=given.report,
        notebook=Path(given.notebook) if given.notebook else notebook(kind(given.report).notebook),
        request=_request(given),
        out=Path(given.out or base()),
        base=None if given.out else base(),
        now=datetime.now(UTC),
        say=lambda text: print(text, file=sys.stderr, flush=True),
        bar=sys.stderr.isatty(),
    )


def _run_mail(given: Any) -> None:
    from alignment_lib.mail.mailing import Order, mail

    order = Order(
        job=_job(given),
        clock=lambda: datetime.now(UTC),
        tell=lambda text: print(text, flush=True),
        recipients=given.recipients,
        send=given.send,
        resend=given.resend,
        environment=os.environ,
    )
    mail(order)


def _run_check(given: Any) -> int:
    from alignment_lib.report.check import check

    asked = [(noun, report) for noun, report in REPORT_OF.items() if getattr(given, noun)]
    if len(asked) > 1:
        raise ParamsError(f"--{asked[0][0]} and --{asked[1][0]} are of two reports; check one of them")
    given.report = asked[0][1] if asked else given.report
    if given.report != KINDS[0].name and given.params == KINDS[0].settings:
        given.params = kind(given.report).settings
    return check(_job(given), lambda line: print(line))


def _run_decide(given: Any) -> None:
    from dataclasses import fields

    from alignment_lib.meeting import Said, decide
    from alignment_lib.params import Request
    from alignment_lib.params.period import local_day
    from alignment_lib.report.folder import base, settled
    from alignment_lib.source.choose import load

    now = datetime.now(UTC)
    params = load(Request(given.source, given.data, params=given.params or "params/weekly.yaml"), now=now)
    if params.mapping.name == "demo":
        from alignment_lib.report.session import with_demo

        params = with_demo(params)
    said = Said(**{field.name: getattr(given, field.name) for field in fields(Said)})
    today = local_day(now, params.timezone)
    reports = settled(Path(given.out), None if given.out else base(), params)
    print(decide(said, params, reports=reports, today=today, say=lambda text: print(text, file=sys.stderr)))


def _run_inspect(given: Any) -> None:
    from alignment_lib.source.profile import Inquiry, inspect

    inquiry = Inquiry(given.data, given.out, given.name, given.guess)
    written = inspect(inquiry, say=lambda text: print(text, file=sys.stderr, flush=True))
    print(given.out or written, end="\n" if given.out else "")


def _run_init(given: Any) -> None:
    from alignment_lib.report.scaffold import init

    place = init(Path(given.place))
    print(place)
    print(f"next: cd {place} and read README.md, three commands", file=sys.stderr)


def _run_demo(given: Any) -> None:
    from alignment_lib.demo import generate
    from alignment_lib.demo.truth import END
    from alignment_lib.params.period import parse_instant

    until = parse_instant(given.until, "UTC") if given.until else END
    generate(Path(given.out), leads=given.leads, seed=given.seed, file_format=given.format, until=until)
    print(given.out)


if __name__ == "__main__":
    sys.exit(main())
