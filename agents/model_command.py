"""`tierline model`: fit the churn model to the purchases of the past, and see how well it foretells."""

from argparse import ArgumentParser, Namespace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from agents.cluster_options import catalogue_of
from agents.errors import UserError
from agents.model_check import Verdict, judge
from agents.model_fit import fit, snippet
from agents.model_past import Seen, a_day, add_source, last_day, the_past, usual_interval_days
from agents.model_picture import picture
from agents.model_ranks import as_json, with_ranks
from engine.calendar import date_of
from engine.risk import Fitted
from rules.churn_keys import ChurnKeys
from rules.compiled import Rulebook
from rules.compiled_churn import Churn, SpendModel

HORIZON_DAYS: Final[int] = ChurnKeys.model_fields["horizon_days"].default  # Where there is no model yet.


def configure(parser: ArgumentParser) -> None:
    """Adds `fit EVENTS` and `check EVENTS` to the parser of `tierline model`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    fitting = actions.add_parser("fit", help="find the numbers of the model in the purchases of the past")
    add_source(fitting)
    fitting.add_argument(
        "--since", type=a_day, help="only customers who first bought on this local day or later (YYYY-MM-DD)"
    )
    fitting.add_argument("--version", help="the model's name; default: the last day that is known")
    fitting.add_argument(
        "--margin",
        type=_a_share,
        help="the part of the money that is earned (0.3); default: as in the rulebook's model, else all",
    )
    fitting.add_argument(
        "--out", required=True, help="where the numbers go: a JSON file beside the rulebook, for its model"
    )
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
    churn = rulebook.churn
    before = None if churn is None else churn.model
    if "spend" in found:
        found["spend"] |= _kept(None if before is None else before.spend, args.margin)
    horizon_days = HORIZON_DAYS if churn is None or before is None else churn.horizon_days
    found = with_ranks(found, seen, horizon_days, rulebook.minor_digits)
    _write(args.out, f"{as_json(found)}\n".encode())
    print(f"{len(seen):,} customers until {date_of(until)}, {sum(one.x > 0 for one in seen):,} came back")
    print(f"population_interval_days: {usual_interval_days(past, until):g}")
    print(f"half of them have a risk below {found['risk_median']:.1%} within {horizon_days} days")
    if "top_fifth" in found.get("spend", {}):
        print(f"a fifth of them are worth {found['spend']['top_fifth']:,} or more")
    named = f"`model: {{file: {Path(args.out).name}}}`"
    print(f"the model is in {args.out}: below `churn:` write {named}, and count the rulebook's `version` up")
    if "spend" not in found:
        print("nothing is said of money: too few customers spent anything again")
    return 0


def _kept(spend: SpendModel | None, margin: Decimal | None) -> dict[str, Any]:
    """What is asked for of the worth and no purchase tells: as now, unless it is given anew."""
    kept: dict[str, Any] = {}
    if margin is not None:
        kept["margin"] = float(margin)
    elif spend is not None and spend.margin != (1, 1):
        kept["margin"] = spend.margin[0] / spend.margin[1]
    return kept if spend is None else kept | {"horizon_days": spend.horizon_days}


def _a_share(text: str) -> Decimal:
    """A number between 0 and 1. Raises ValueError, as argparse expects."""
    share = Decimal(text) if text.replace(".", "", 1).isdigit() else Decimal(0)
    if not 0 < share < 1:
        raise ValueError(text)
    return share.quantize(Decimal("0.000001")).normalize()


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
