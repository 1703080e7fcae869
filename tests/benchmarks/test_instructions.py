"""What callgrind_annotate prints is read as instructions by function."""

from benchmarks.instructions import counts, named

PRINTED = """\
Ir                     file:function
--------------------------------------------------------------------------------
3,826,501,052 (100.0%)  PROGRAM TOTALS
3,826,501,052 (100.0%)  ???:(below main) [/usr/bin/python3.11]
3,788,978,701 (99.02%)  build/__native_9f.c:CPyDef_run___Partition____run [/a folder/x__mypyc.so]
  530,978,150 (13.88%)  /usr/src/Objects/call.c:PyObject_VectorcallMethod [/usr/lib/libpython3.11.so.1.0]
    9,043,000 ( 4.52%)  __native_9f.c:CPyDef_tiers____upgrade [/a folder/x__mypyc.so]
    9,000,000 ( 4.51%)  build/__native_9f.c:CPyDef_tiers____upgrade [/a folder/x__mypyc.so]
"""


def test_each_compiled_function_has_its_instructions_with_all_that_it_calls() -> None:
    assert counts(PRINTED) == {
        "CPyDef_run___Partition____run": 3_788_978_701,
        "CPyDef_tiers____upgrade": 9_043_000,
    }


def test_functions_are_named_as_in_python() -> None:
    assert named("CPyDef_run___Partition____run") == "run.Partition._run"
    assert named("CPyDef_tiers____upgrade") == "tiers._upgrade"
