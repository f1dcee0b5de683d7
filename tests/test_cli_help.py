"""Every command explains itself, in the terminal and in docs/cli.md."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from boardscribe.cli import app, main
from boardscribe.errors import ExitCode

ROOT = Path(__file__).resolve().parent.parent
GROUP = typer.main.get_command(app)


def all_commands(group, prefix=""):
    found = []
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            found += all_commands(command, f"{prefix}{name} ")
        else:
            found.append((f"{prefix}{name}", command))
    return found


@pytest.mark.parametrize(("name", "command"), all_commands(GROUP))
def test_every_command_has_help_an_example_and_exit_codes(name, command, capsys):
    assert main([*name.split(), "--help"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert command.help
    assert f"boardscribe {name}" in shown.partition("Examples:")[2]
    assert "Exit codes:" in shown


@pytest.mark.parametrize(("name", "command"), all_commands(GROUP))
def test_every_command_and_option_is_documented(name, command):
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert f"## `boardscribe {name}" in text
    for parameter in command.params:
        if parameter.param_type_name == "option" and parameter.name != "help":
            assert any(
                f"`{option}`" in text or f"`{option} " in text for option in parameter.opts
            ), f"{name}: {parameter.opts} not in docs/cli.md"


@pytest.mark.parametrize(("name", "command"), all_commands(GROUP))
def test_every_parameter_has_help(name, command):
    for parameter in command.params:
        assert getattr(parameter, "help", ""), f"{name}: {parameter.name} has no help"


def test_every_exit_code_is_documented():
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for code in ExitCode:
        assert f"| {code.value} |" in text


def test_the_version_is_printed(capsys):
    assert main(["--version"]) == ExitCode.OK
    assert capsys.readouterr().out.startswith("boardscribe ")


def test_an_unknown_command_is_a_usage_error(capsys):
    assert main(["transscribe"]) == ExitCode.USAGE
    assert "No such command" in capsys.readouterr().err


def test_a_missing_option_is_a_usage_error(capsys):
    assert main(["status"]) == ExitCode.USAGE
    assert "--workspace" in capsys.readouterr().err
