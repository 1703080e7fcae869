"""`tierline model`: fit the churn model to the purchases of the past, and see how well it foretells."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import orjson

from agents.cluster_options import catalogue_of
from agents.errors import UserError
from agents.model_check import Verdict, judge
from agents.model_fit import fit, snippet
from agents.model_past import Seen, a_day, add_source, last_day, the_past, usual_interval_days
from agents.model_picture import picture
from engine.calendar import date_of
from engine.risk import Fitted
from rules.compiled import Rulebook
from rules.compiled_churn import Churn


def configure(parser: ArgumentParser) -> None:
    """Adds `fit EVENTS` and `check EVENTS` to the parser of `tierline model`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    fitting = actions.add_parser("fit", help="find the numbers of the model in the purchases of the past")
    add_source(fitting)
    fitting.add_argument(
        "--since", type=a_day, help="only customers who first bought on this local day or later (YYYY-MM-DD)"
    )
    fitting.add_argument("--version", help="the model's name; default: the last day that is known")
    fitting.add_argument("--out", required=True, help="where the numbers go, as JSON for `churn: model:`")
    checking = actions.add_parser("check", help="compare what the rulebook's model foretold with what came")
    add_source(checking)
    checking.add_argument("--picture", help="where a picture of it goes, as SVG")


def main(args: Namespace) -> int:
    """Runs the action; 0 when it was done."""
    return _fit(args) if args.action == "fit" else _check(args)


def _fit(args: Namespace) -> int:
    rulebook, past = the_past(args.events, args.rules, catalogue_of(args))
    until = last_day(past) if args.until is None else args.until
    since = min(min(days) for days in past.values()) if args.since is None else args.since
    seen = [Seen(days, until) for days in past.values() if since <= min(days) <= until]
    found = snippet(fit(seen), args.version or date_of(until).isoformat(), rulebook.minor_digits)
    _write(args.out, orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
    print(f"{len(seen):,} customers until {date_of(until)}, {sum(one.x > 0 for one in seen):,} came back")
    print(f"population_interval_days: {usual_interval_days(past, until):g}")
    print(f"the model is in {args.out}; put it below `churn:` as `model:`")
    if "spend" not in found:
        print("nothing is said of money: too few customers spent anything again")
    return 0


def _check(args: Namespace) -> int:
    rulebook, past = the_past(args.events, args.rules, catalogue_of(args))
    churn, fitted = _model_of(rulebook, args.rules)
    last = last_day(past)
    until = last - churn.horizon_days if args.until is None else args.until
    if until + churn.horizon_days > last:
        raise UserError(
            f"the purchases end on {date_of(last)}, not {churn.horizon_days} days after {date_of(until)}: "
            f"give --until {date_of(last - churn.horizon_days)} or an earlier day"
        )
    if not any(min(days) <= until for days in past.values()):
        raise UserError(f"nobody had bought by {date_of(until)}: give a later --until, or more events")
    verdict = judge(past, churn, fitted, until)
    title = f"Model {fitted.version}, {churn.horizon_days} days from {date_of(until + 1)}"
    print(told(verdict, title))
    if args.picture:
        _write(args.picture, picture(verdict, title).encode())
        print(f"the picture is in {args.picture}")
    return 0


def told(verdict: Verdict, title: str) -> str:
    """The verdict as lines of text."""
    base = verdict.base
    return "\n".join(
        [
            f"{title}: {verdict.customers:,} customers, {base:.1%} did not come back",
            f"AUC {verdict.auc:.3f}   Brier {verdict.brier:.3f} (of the share alone {base * (1 - base):.3f})",
            "",
            "tenth  customers  foretold  came true",
            *(
                f"{number:5}  {tenth.customers:9,}  {tenth.foretold:8.3f}  {tenth.came_true:9.3f}"
                for number, tenth in enumerate(verdict.tenths, 1)
            ),
            "",
            "level     customers  did not come back",
            *(f"{level.name:8}  {level.customers:9,}  {level.lost:17.1%}" for level in verdict.levels),
        ]
    )


def _model_of(rulebook: Rulebook, path: str) -> tuple[Churn, Fitted]:
    """The rulebook's model. Raises UserError when it has none."""
    churn = rulebook.churn
    if churn is None or churn.model is None:
        raise UserError(
            f"{path} has no model to check: put what `tierline model fit` found below `churn: model:`"
        )
    return churn, Fitted(churn.model)


def _write(path: str, content: bytes) -> None:
    try:
        Path(path).write_bytes(content)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from None
