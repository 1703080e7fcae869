"""`tierline verify`: profiles that are not what the commits wrote are found, compacted or not."""

import json
from random import Random

import pytest

from agents.dump import PROFILES
from tests.agents.support_verify import lines_of, verify, write


@pytest.mark.parametrize("how", ["change", "drop", "strange"])
def test_the_last_profile_of_a_customer_tampered_with_is_named(dumped, capsys, how):
    lines = lines_of(dumped / PROFILES)
    last = {line["record"]["key"]: at for at, line in enumerate(lines)}
    customer, at = sorted(last.items())[len(last) // 2]
    record = lines[at]["record"]
    profile = json.loads(record["value"])
    if how == "drop":
        del lines[at]
    else:
        profile["lifetime"]["spend_minor" if how == "change" else "luck"] = 7
        record["value"] = json.dumps(profile, separators=(",", ":"))
    write(dumped / PROFILES, lines)
    code, said = verify(capsys, "--dir", dumped)
    assert code == 1
    assert f"customer {customer}: " in said
    told = {"change": "lifetime.spend_minor should be ", "drop": "its profile as of then or later is missing"}
    assert told.get(how, "lifetime.luck should be None and is 7") in said, said


def test_a_profile_that_no_commit_wrote_is_named(dumped, capsys):
    lines = lines_of(dumped / PROFILES)
    of = lines[-1]["record"]["partition"]
    lines.append({"record": {**lines[-1]["record"], "offset": lines[-1]["record"]["offset"] + 2}})
    write(dumped / PROFILES, lines)
    code, said = verify(capsys, "--dir", dumped)
    assert code == 1
    assert f"partition {of}, " in said
    assert "the customer's profile is in " in said


def test_profiles_are_verified_whatever_compaction_has_taken_of_them(dumped, capsys):
    chance, kept, later = Random(5), [], set()
    for line in reversed(lines_of(dumped / PROFILES)):
        if line["record"]["key"] not in later or chance.random() < 0.3:
            kept.append(line)
        later.add(line["record"]["key"])
    assert len(later) < len(kept) < len(lines_of(dumped / PROFILES))
    write(dumped / PROFILES, kept[::-1])
    code, said = verify(capsys, "--dir", dumped)
    assert (code, said[-14:]) == (0, "0 differences\n"), said
