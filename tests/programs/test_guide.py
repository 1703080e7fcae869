"""`docs/your-own-programme.md`: its files are written, its commands run, and they print what it shows."""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "your-own-programme.md"
BLOCK = re.compile(r"```(\w+)(?: (\S+))?\n(.*?)```", re.DOTALL)
GAP = "..."


def commands(text: str) -> list[tuple[str, list[str]]]:
    """Each command of a console block, and the lines shown below it."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def run(command: str, folder: Path) -> list[str]:
    """What a command prints, a complaint too."""
    name, *rest = command.split()
    module = {"tierline": ["-m", "agents.cli"], "python": []}[name]
    env = {"PYTHONPATH": str(PAGE.parents[1]), "PATH": ""}
    done = subprocess.run(
        [sys.executable, *module, *rest], cwd=folder, env=env, capture_output=True, text=True, timeout=60
    )
    return (done.stdout + done.stderr).splitlines()


def test_the_guides_files_and_commands_do_what_it_shows(tmp_path):
    ran = 0
    for language, name, text in BLOCK.findall(PAGE.read_text()):
        if name:
            (tmp_path / name).write_text(text)
        elif language == "console":
            for command, shown in commands(text):
                printed = run(command, tmp_path)
                if GAP in shown:
                    at = 0
                    for line in shown:
                        at = at if line == GAP else printed.index(line, at) + 1
                else:
                    assert printed == shown, command
                ran += 1
    assert ran == 6
