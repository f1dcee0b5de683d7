"""ALTO 4: valid by its schema, one file a photo, absence as a tag."""

from __future__ import annotations

from dataclasses import replace

import pytest
from htrvx.schemas import Validator
from lxml import etree
from support.snapshots import HOSTILE_NAME, digest, hard_cases

from boardscribe.export import alto
from boardscribe.export._view import xml_safe
from boardscribe.options import Options

OPTIONS = Options()
NS = {"a": alto.NAMESPACE}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("alto") / "alto"
    assert alto.write_alto(hard_cases(), OPTIONS, out) == 12
    return out


def blocks(folder):
    """By sighting id: the block and its tags as {type: label}."""
    found = {}
    for path in sorted(folder.glob("*.xml")):
        document = etree.parse(path)
        tags = {tag.get("ID"): tag for tag in document.iterfind(".//a:OtherTag", NS)}
        for block in document.iterfind(".//a:TextBlock", NS):
            labels = [tags[tag] for tag in block.get("TAGREFS").split()]
            found[block.get("ID").removeprefix("note-")] = (
                block,
                {tag.get("TYPE"): tag.get("LABEL") for tag in labels},
            )
    return found


def text(block):
    return [
        " ".join(word.get("CONTENT") for word in line.iterfind("a:String", NS))
        for line in block.iterfind("a:TextLine", NS)
    ]


def test_every_file_is_valid_by_the_schema(folder):
    validator = Validator("alto")
    files = sorted(folder.glob("*.xml"))
    assert len(files) == 5
    for path in files:
        assert validator.validate(etree.parse(path)), validator.xmlschema.error_log


def test_a_note_and_its_sighting_may_have_one_identifier(tmp_path):
    """The store names a note after its first sighting; identifiers in a file stay unique."""
    snapshot = hard_cases()
    notes = []
    for note in snapshot.notes:
        best = replace(note.best, sighting_id=note.note_id)
        notes.append(replace(note, sightings=(best, *note.sightings[1:])))
    alto.write_alto(replace(snapshot, notes=tuple(notes)), OPTIONS, tmp_path / "alto")
    validator = Validator("alto")
    for path in (tmp_path / "alto").glob("*.xml"):
        assert validator.validate(etree.parse(path)), validator.xmlschema.error_log


def test_every_kind_of_absence_stays_different(folder):
    found = blocks(folder)
    assert {
        name: (found[name][1]["legibility"], text(found[name][0]))
        for name in ("s03", "s04", "s05", "s08", "s09", "s10")
    } == {
        "s03": ("partly", ["ask [illeg.] about [illeg.]"]),
        "s04": ("blank", []),
        "s05": ("illegible", []),
        "s08": ("hidden", []),
        "s09": ("cut_off", ["half a"]),
        "s10": ("not_attempted", []),
    }
    gaps = found["s03"][0].findall(".//a:String[@TAGREFS='gap']", NS)
    assert [gap.get("CONTENT") for gap in gaps] == ["[illeg.]", "[illeg.]"]


def test_words_types_and_outlines_come_back(folder):
    found = blocks(folder)
    assert {"s02c", "s12"}.isdisjoint(found)
    for note in hard_cases().counted():
        for seen in note.sightings:
            if seen.detection.doubtful:
                continue
            block, tags = found[seen.sighting_id]
            lines = [line for line in note.transcription.text.split("\n") if line]
            assert text(block) == [xml_safe(" ".join(line.split())) for line in lines]
            assert tags["meaning"] == note.meaning
            points = block.find("a:Shape/a:Polygon", NS).get("POINTS")
            assert tuple(
                tuple(float(number) for number in point.split(",")) for point in points.split()
            ) == tuple(seen.detection.polygon)
    first = etree.parse(folder / f"p{digest(HOSTILE_NAME)[:16]}.xml")
    assert first.find(".//a:fileName", NS).text == HOSTILE_NAME


def test_words_of_machines_have_a_confidence_and_those_of_people_are_marked_checked(folder):
    found = blocks(folder)
    machine = found["s01"][0].findall(".//a:String", NS)
    assert {word.get("WC") for word in machine} == {"0.9300"}
    person = found["s07"][0]
    assert person.find("a:TextLine", NS).get("CS") == "true"
    assert {word.get("WC") for word in person.iterfind(".//a:String", NS)} == {None}


def test_the_same_snapshot_gives_the_same_bytes(folder, tmp_path):
    alto.write_alto(hard_cases(), OPTIONS, tmp_path / "again")
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {
        p.name: p.read_bytes() for p in (tmp_path / "again").iterdir()
    }
