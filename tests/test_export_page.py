"""PAGE XML 2019: valid by its schema, one file a photo, absence as data."""

from __future__ import annotations

import json

import pytest
from htrvx.schemas import Validator
from lxml import etree
from support.snapshots import HOSTILE_NAME, digest, hard_cases

from boardscribe.errors import InputError
from boardscribe.export import page
from boardscribe.export._view import xml_safe
from boardscribe.options import Options

OPTIONS = Options()
NS = {"p": page.NAMESPACE}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("page") / "page"
    assert page.write_page(hard_cases(), OPTIONS, out) == 12
    return out


def regions(folder):
    """Region element by sighting id, over all files."""
    found = {}
    for path in sorted(folder.glob("*.xml")):
        for region in etree.parse(path).iterfind(".//p:TextRegion", NS):
            found[region.get("id").removeprefix("note-")] = region
    return found


def attribute(region, name):
    return region.find(f"p:UserDefined/p:UserAttribute[@name='{name}']", NS).get("value")


def in_force(region):
    found = region.find("p:TextEquiv[@index='0']/p:Unicode", NS)
    return None if found is None else found.text


def test_every_file_is_valid_by_the_schema(folder):
    validator = Validator("page")
    files = sorted(folder.glob("*.xml"))
    assert len(files) == 5  # photos without notes too
    for path in files:
        assert validator.validate(etree.parse(path)), validator.xmlschema.error_log


def test_doubtful_sightings_are_left_out(folder):
    assert {"s02c", "s12"}.isdisjoint(regions(folder))


def test_every_kind_of_absence_stays_different(folder):
    found = regions(folder)
    assert {
        name: (attribute(found[name], "legibility"), in_force(found[name]))
        for name in ("s03", "s04", "s05", "s08", "s09", "s10")
    } == {
        "s03": ("partly", "ask [illeg.] about [illeg.]"),
        "s04": ("blank", None),
        "s05": ("illegible", None),
        "s08": ("hidden", None),
        "s09": ("cut_off", "half a"),
        "s10": ("not_attempted", None),
    }


def test_texts_names_and_outlines_come_back_as_they_were(folder):
    found = regions(folder)
    for note in hard_cases().counted():
        for seen in note.sightings:
            if seen.detection.doubtful:
                continue
            region = found[seen.sighting_id]
            assert (in_force(region) or "") == xml_safe(note.transcription.text)
            assert attribute(region, "meaning") == note.meaning
            points = region.find("p:Coords", NS).get("points")
            assert points == " ".join(
                f"{round(x)},{round(y)}" for x, y in seen.detection.polygon
            ) or (
                seen.sighting_id == "s09"  # reaches over the photo's border, clipped
            )
    first = etree.parse(folder / f"p{digest(HOSTILE_NAME)[:16]}.xml")
    assert first.find(".//p:Page", NS).get("imageFilename") == HOSTILE_NAME


def test_former_versions_and_readings_follow_with_a_higher_index(folder):
    region = regions(folder)["s07"]
    assert [
        (text.get("dataTypeDetails"), text.find("p:Unicode", NS).text)
        for text in region.iterfind("p:TextEquiv", NS)
    ] == [
        ("version 3, consensus, volunteer-3, volunteer-7", "keep the old oak tree"),
        ("version 2, person, volunteer-3", "keep the [illeg.] tree"),
        ("version 1, machine, boardscribe", "kep [illeg.] thee"),
        ("reading, combined 1.2", "kep [illeg.] thee"),
    ]


def test_lines_lie_where_they_were_read(folder):
    """The reading's outline, in crop pixels, is carried back to the photo."""
    lines = regions(folder)["s01"].findall("p:TextLine", NS)
    assert [line.find("p:TextEquiv/p:Unicode", NS).text for line in lines] == [
        "more time",
        "for each other",
    ]
    assert lines[1].find("p:Coords", NS).get("points") == "110,150 210,150 210,180 110,180"


def test_the_same_snapshot_gives_the_same_bytes(folder, tmp_path):
    page.write_page(hard_cases(), OPTIONS, tmp_path / "again")
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {
        p.name: p.read_bytes() for p in (tmp_path / "again").iterdir()
    }


def test_a_former_export_is_replaced_and_anything_else_is_left_alone(tmp_path):
    out = tmp_path / "page"
    page.write_page(hard_cases(), OPTIONS, out)
    (out / "stale.xml").write_text("old")
    page.write_page(hard_cases(), OPTIONS, out)
    assert not (out / "stale.xml").exists()
    assert json.loads((out / "boardscribe-export.json").read_text())["privacy"].startswith(
        "not redacted"
    )
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="not a former page export"):
        page.write_page(hard_cases(), OPTIONS, mine)
    assert (mine / "thesis.txt").read_text() == "years of work"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "page"]
