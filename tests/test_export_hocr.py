"""hOCR: valid by the specification's checker, a page a photo, absence as data."""

from __future__ import annotations

import warnings

import pytest
from lxml import html
from support.snapshots import HOSTILE_NAME, hard_cases

from boardscribe.export import hocr
from boardscribe.export._view import xml_safe
from boardscribe.options import Options

OPTIONS = Options()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    out = tmp_path_factory.mktemp("hocr") / "notes.html"
    assert hocr.write_hocr(hard_cases(), OPTIONS, out) == 12
    return out


def areas(path):
    document = html.parse(str(path), parser=html.HTMLParser(encoding="utf-8"))
    return {
        area.get("id").removeprefix("note-"): area
        for area in document.iterfind(".//div[@class='ocr_carea']")
    }


def text(area):
    return [
        " ".join(word.text for word in line.iterfind("span"))
        for line in area.iterfind("span[@class='ocr_line']")
    ]


def test_it_is_valid_by_the_checker_of_the_specification(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from hocr_spec import HocrValidator

        report = HocrValidator("standard").validate(str(path))
    assert report.is_valid(), report.format("text")


def test_every_kind_of_absence_stays_different(path):
    found = areas(path)
    assert {
        name: (found[name].get("data-legibility"), text(found[name]))
        for name in ("s03", "s04", "s05", "s08", "s09", "s10")
    } == {
        "s03": ("partly", ["ask [illeg.] about [illeg.]"]),
        "s04": ("blank", []),
        "s05": ("illegible", []),
        "s08": ("hidden", []),
        "s09": ("cut_off", ["half a"]),
        "s10": ("not_attempted", []),
    }


def test_hostile_text_is_text_and_comes_back(path):
    document = html.parse(str(path), parser=html.HTMLParser(encoding="utf-8"))
    assert document.find(".//script") is None
    assert document.find(".//img") is None
    found = areas(path)
    assert {"s02c", "s12"}.isdisjoint(found)
    for note in hard_cases().counted():
        lines = [line for line in note.transcription.text.split("\n") if line]
        assert text(found[note.best.sighting_id]) == [
            xml_safe(" ".join(line.split())) for line in lines
        ]
        assert found[note.best.sighting_id].get("data-meaning") == note.meaning
    names = [page.get("data-photo") for page in document.iterfind(".//div[@class='ocr_page']")]
    assert HOSTILE_NAME in names


def test_the_same_snapshot_gives_the_same_bytes(path, tmp_path):
    hocr.write_hocr(hard_cases(), OPTIONS, tmp_path / "again.html")
    assert path.read_bytes() == (tmp_path / "again.html").read_bytes()
