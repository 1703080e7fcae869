"""The table of edge cases names every case of the list once, with tests that exist."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TABLE = (ROOT / "docs/edge-cases.md").read_text()
ROWS = re.findall(r"^\| (\w+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", TABLE, re.MULTILINE)
NUMBERS = [*range(1, 63), 67, *range(74, 80), *range(81, 88)]
EXAMPLES = ["earn", "fifo", "tier", "review", "churn", "debt", "expired"]
TEST = re.compile(r"`(tests/[\w/]+\.py::\w+)`")


def named() -> list[str]:
    """Every test that the table names, as pytest would be told it."""
    return [test for *_, tests in ROWS for test in TEST.findall(tests)]


def test_every_case_and_every_worked_example_is_in_the_table_once() -> None:
    assert [row[0] for row in ROWS] == [*map(str, NUMBERS), *EXAMPLES]


def test_every_case_says_in_words_what_happens_and_names_a_test() -> None:
    for number, case, decision, tests in ROWS:
        assert len(case.split()) >= 2, number
        assert decision.strip().endswith("."), number
        assert TEST.findall(tests), number
        assert TEST.sub("", tests).strip(" ,") == "", number


def test_every_test_that_the_table_names_is_one_that_pytest_runs() -> None:
    files = sorted({test.partition("::")[0] for test in named()})
    command = [sys.executable, "-m", "pytest", "--collect-only", *files]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True).stdout
    collected = {line.partition("[")[0] for line in found.splitlines()}
    assert [test for test in named() if test not in collected] == []
