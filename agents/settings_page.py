"""docs/configuration.md, made from the settings themselves: `tierline config reference`."""

from argparse import ArgumentParser

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from agents import worker
from agents.settings import InstallationSettings, KafkaSettings, WorkerSettings
from agents.settings_sources import DOTENV, FILE, FILE_VARIABLE, PREFIX

HEAD = f"""\
# Configuration

<!-- Made by `tierline config reference`; a test holds that it agrees. -->

A setting has one name everywhere. The first of these that has it wins:

1. the command line: `--app-id shop`
2. the environment: `{PREFIX}APP_ID=shop`
3. `{DOTENV}` in the current folder: `{PREFIX}APP_ID=shop`, one per line
4. the file that `--config` or `{FILE_VARIABLE}` names, else `{FILE}` in the current folder: `app_id = "shop"`
5. the default

An empty value counts as none. What is no setting is refused in the two files, with the name that was
probably meant. `tierline config show` prints what is in force and where each value comes from. Passwords
are never printed, by no command and in no log, and have no option, since others see command lines.

Brokers beyond this machine are spoken to with TLS, or the worker and every command refuse to start:
`allow_plaintext` is for a network that nobody else reads, such as that of one container host. See
[Kafka with TLS and a login](managed-kafka.md).
"""
SECTIONS = {
    "Kafka": (KafkaSettings, "Of the worker and of every command that talks to Kafka."),
    "Installation": (
        InstallationSettings,
        "Of the worker and of every command; of `replay` and `model` too, which need no Kafka.",
    ),
    "Worker": (
        WorkerSettings,
        "How many processes `tierline worker` starts (`--workers`) is its own option.",
    ),
}


def page() -> str:
    """The whole page, as Markdown."""
    options = _options()
    parts, seen = [HEAD], set[str]()
    for title, (kind, note) in SECTIONS.items():
        own = {name: field for name, field in kind.model_fields.items() if name not in seen}
        seen |= own.keys()
        rows = [_row(name, field, options.get(name, "")) for name, field in own.items()]
        parts.append(
            f"\n## {title}\n\n{note}\n\n| name | option | default | is |\n|---|---|---|---|\n{''.join(rows)}"
        )
    return "".join(parts)


def _row(name: str, field: FieldInfo, option: str) -> str:
    told = default_of(field)
    default = "required" if field.is_required() else f"`{told}`" if told != "" else "none"
    return f"| `{name}` | {f'`{option}`' if option else ''} | {default} | {field.description} |\n"


def default_of(field: FieldInfo) -> str:
    """The default as it is written in the environment; "" for none."""
    value = field.default
    if field.is_required() or value is None or value == [] or isinstance(value, SecretStr):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _options() -> dict[str, str]:
    """The worker's command line: the option of each setting that has one."""
    parser = ArgumentParser()
    worker.configure(parser)
    return {action.dest: action.option_strings[0] for action in parser._actions}
