"""TEI P5: valid by tei_all, gaps and supplied words as elements, absence as data."""

from __future__ import annotations

import lzma
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree
from support.snapshots import hard_cases

from boardscribe.export import tei
from boardscribe.export._view import xml_id, xml_safe
from boardscribe.options import Options
from boardscribe.snapshot import Snapshot

OPTIONS = Options()
NS = {"t": tei.NAMESPACE}
ID = "{http://www.w3.org/XML/1998/namespace}id"
SCHEMA = Path(__file__).parent / "support" / "schemas" / "tei_all-4.3.0.rng.xz"
RNG = "{http://relaxng.org/ns/structure/1.0}"


def validator(document):
    """The TEI schema without the elements that the document does not use.

    What this accepts the whole schema accepts too; it compiles in a tenth of a second instead of
    half a minute.
    """
    used = {etree.QName(element).localname for element in document.iter(etree.Element)}
    schema = etree.fromstring(lzma.decompress(SCHEMA.read_bytes()))
    for element in list(schema.iter(f"{RNG}element")):
        if element.get("name") and element.get("name") not in used:
            element.getparent().replace(element, etree.Element(f"{RNG}notAllowed"))
    return etree.RelaxNG(schema)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    out = tmp_path_factory.mktemp("tei") / "notes.xml"
    assert tei.write_tei(hard_cases(), OPTIONS, out) == 11
    return out


@pytest.fixture(scope="module")
def items(path):
    return {item.get(ID): item for item in etree.parse(path).iterfind(".//t:item", NS)}


def shown(item):
    """An item's content with its elements in short: text, <gap illegible>, <supplied word>."""
    parts = [item.text or ""]
    for child in item:
        name = etree.QName(child).localname
        if name == "certainty":
            continue
        inner = [name, child.get("cert"), child.get("reason"), child.text]
        parts.append("\n" if name == "lb" else f"<{' '.join(part for part in inner if part)}>")
        parts.append(child.tail or "")
    return "".join(parts).strip()


def test_it_is_valid_by_the_tei_schema(path):
    document = etree.parse(path)
    schema = validator(document)
    assert schema.validate(document), schema.error_log


def test_an_empty_workspace_is_valid_too(tmp_path):
    out = tmp_path / "empty.xml"
    tei.write_tei(Snapshot("", (), (), (), (), ()), OPTIONS, out)
    document = etree.parse(out)
    # A facsimile without photos is nothing: TEI wants at least one surface.
    assert [etree.QName(child).localname for child in document.getroot()] == ["teiHeader", "text"]
    schema = validator(document)
    assert schema.validate(document), schema.error_log


def test_every_kind_of_absence_stays_different(items):
    assert [shown(items[f"note-n{number:02}"]) for number in (3, 4, 5, 8, 9, 10)] == [
        "ask <gap illegible> about <gap illegible>",
        "<space>",
        "<gap illegible>",
        "<gap hidden>",
        "half a<gap cut_off>",
        "<gap not_attempted>",
    ]


def test_words_that_a_person_put_into_a_gap_are_supplied(items):
    assert shown(items["note-n07"]) == (
        "keep the <supplied illegible old> <supplied illegible oak> tree"
    )


def test_words_a_machine_is_not_sure_of_are_unclear(tmp_path):
    snapshot = hard_cases()
    notes = []
    for note in snapshot.notes:
        lines = tuple(
            replace(line, words=tuple(replace(word, confidence=0.6) for word in line.words))
            for line in note.best.readings[0].lines
        )
        best = replace(note.best, readings=(replace(note.best.readings[0], lines=lines),))
        notes.append(replace(note, sightings=(best,)))
    out = tmp_path / "unsure.xml"
    tei.write_tei(replace(snapshot, notes=tuple(notes)), OPTIONS, out)
    first = etree.parse(out).find(".//t:item[@xml:id='note-n01']", {**NS, "xml": ID[1:-3]})
    assert shown(first).startswith("<unclear medium more> <unclear medium time>\n")


def test_texts_types_and_zones_come_back(path, items):
    document = etree.parse(path)
    zones = {zone.get(ID): zone for zone in document.iterfind(".//t:zone", NS)}
    assert set(items) == {f"note-n{number:02}" for number in range(1, 12)}
    for note in hard_cases().counted():
        item = items[f"note-{note.note_id}"]
        assert f"#{xml_id('meaning', note.meaning)}" in item.get("ana").split()
        zone = zones[f"zone-{note.best.sighting_id}"]
        assert [
            tuple(float(part) for part in point.split(",")) for point in zone.get("points").split()
        ] == list(note.best.detection.polygon)
    assert (
        shown(items["note-n06"]).split()
        == xml_safe(hard_cases().notes[5].transcription.text).split()
    )
    assert items["note-n02"].get("facs").split() == ["#zone-s02", "#zone-s02b"]


def test_every_version_of_a_decision_is_a_change(path):
    document = etree.parse(path)
    people = {
        statement.get(ID): statement.find("t:name", NS).text
        for statement in document.iterfind(".//t:respStmt", NS)
    }
    changes = document.findall(".//t:change[@target='#note-n07']", NS)
    assert [
        (change.get("n"), people[change.get("who")[1:]], change.get("when"), shown(change))
        for change in changes
    ] == [
        ("3", "volunteer-3, volunteer-7", "2026-03-04T09:30:00Z", "keep the old oak tree"),
        ("2", "volunteer-3", "2026-03-02T09:30:00Z", "keep the <gap illegible> tree"),
        ("1", "boardscribe", None, "kep <gap illegible> thee"),
    ]


def test_the_same_snapshot_gives_the_same_bytes(path, tmp_path):
    tei.write_tei(hard_cases(), OPTIONS, tmp_path / "again.xml")
    assert path.read_bytes() == (tmp_path / "again.xml").read_bytes()
