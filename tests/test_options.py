"""boardscribe.toml: the legend, and mistakes that are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from boardscribe.cli import main
from boardscribe.errors import ConfigError, ExitCode
from boardscribe.options import Options, load_options
from boardscribe.records import Shape


def load(tmp_path: Path, text: str) -> Options:
    path = tmp_path / "boardscribe.toml"
    path.write_text(text, encoding="utf-8")
    return load_options(path)


def test_an_empty_file_means_the_defaults(tmp_path):
    assert load(tmp_path, "") == Options()


def test_the_default_legend_is_that_of_the_founding_workshop():
    options = Options()
    meanings = {shape: options.meaning(shape, "yellow") for shape in Shape}
    assert meanings == {
        Shape.TICK: "agree",
        Shape.HEART: "important",
        Shape.BUBBLE: "amend",
        Shape.SQUARE: "challenge",
        Shape.OTHER: "other",
    }


def test_a_meaning_is_renamed_and_one_by_colour_added_without_code(tmp_path):
    options = load(
        tmp_path,
        """
        [[legend]]
        shape = "square"
        colour = "pink"
        meaning = "question"

        [[legend]]
        shape = "square"
        meaning = "objection"
        """,
    )
    assert options.meaning(Shape.SQUARE, "pink") == "question"
    assert options.meaning(Shape.SQUARE, "yellow") == "objection"
    assert options.meaning(Shape.HEART, "pink") == "other"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[segment]\nackt = 0.5", "segment.ackt"),
        ("[segment]\nact = 1.5", "segment.act"),
        ("[sgement]\nact = 0.5", "sgement"),
        ('[[legend]]\nshape = "star"\nmeaning = "x"', "legend.0.shape"),
        ('[[legend]]\nshape = "tick"\nmeaning = " "', "legend.0.meaning"),
    ],
)
def test_a_mistake_is_an_error_that_names_its_place(tmp_path, text, place):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    assert place in caught.value.message
    assert caught.value.remedy


def test_a_file_that_is_not_toml_or_not_there_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="not valid TOML"):
        load(tmp_path, "act = = 1")
    with pytest.raises(ConfigError, match="cannot read"):
        load_options(tmp_path / "absent.toml")


def test_the_command_line_ends_with_the_code_of_a_mistake(tmp_path, capsys):
    config = tmp_path / "c.toml"
    config.write_text("[read]\nengine = 'x'\n", encoding="utf-8")
    photo = tmp_path / "p.jpg"
    photo.write_bytes(b"")
    code = main(["transcribe", str(photo), "-w", str(tmp_path / "w"), "--config", str(config)])
    assert code == ExitCode.CONFIG
    assert "read.engine" in capsys.readouterr().err
    assert not (tmp_path / "w").exists()
