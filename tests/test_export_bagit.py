"""BagIt: bagit-python validates it, originals by checksum, no place leaves unasked."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sqlite3
from dataclasses import replace

import bagit
import pytest
from PIL import Image, PngImagePlugin
from support.results import person, result, sha_of, sighting, square
from support.snapshots import draw_pictures, hard_cases

from boardscribe.errors import InputError
from boardscribe.export import bagit as bags
from boardscribe.export._settings import ExportSettings
from boardscribe.options import Options
from boardscribe.outlines import add_outlines
from boardscribe.store import RunItem, StoredFiles
from boardscribe.workspace import Workspace

OPTIONS = Options()


def picture(*, located):
    exif = Image.Exif()
    if located:
        exif.get_ifd(0x8825)[1] = "N"
        exif.get_ifd(0x8825)[2] = (48.0, 8.0, 1.5)
    buffer = io.BytesIO()
    Image.new("RGB", (80, 60), (9, 99, 9) if located else (9, 9, 99)).save(
        buffer, "JPEG", exif=exif
    )
    return buffer.getvalue()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A workspace with pictures and a database, a snapshot, and originals of three photos:
    one as it was, one that says where it was taken, one that has changed since."""
    workspace = tmp_path_factory.mktemp("workspace")
    draw_pictures(hard_cases(), workspace)
    with sqlite3.connect(workspace / "boardscribe.db") as connection:
        connection.execute("create table note (text)")
        connection.execute("insert into note values ('more time')")
    connection.close()
    add_outlines(workspace, {"a" * 64: [((0.0, 0.0), (9.0, 0.0), (9.0, 9.0))]})
    snapshot = hard_cases()
    originals, renamed = {}, {}
    for entry, data in zip(
        snapshot.photos[:3],
        (picture(located=False), picture(located=True), b"\xff\xd8x"),
        strict=True,
    ):
        path = workspace / f"{entry.photo.sha256[:8]}.jpg"
        path.write_bytes(data)
        sha256 = hashlib.sha256(data).hexdigest()
        renamed[entry.photo.sha256] = sha256
        originals[sha256] = path
    notes = []
    for note in snapshot.notes:
        seen = tuple(
            replace(one, photo_sha256=renamed.get(one.photo_sha256, one.photo_sha256))
            for one in note.sightings
        )
        notes.append(replace(note, sightings=seen))
    photos = tuple(
        replace(
            entry,
            photo=replace(entry.photo, sha256=renamed.get(entry.photo.sha256, entry.photo.sha256)),
        )
        for entry in snapshot.photos
    )
    snapshot = replace(snapshot, notes=tuple(notes), photos=photos)
    changed = list(originals)[2]
    originals[changed].write_bytes(picture(located=False))
    record = {"record.md": b"# Record\n"}
    return snapshot, ExportSettings(workspace=workspace, originals=originals, record=record)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, world):
    out = tmp_path_factory.mktemp("bag") / "bag"
    assert bags.write_bagit(world[0], OPTIONS, out, settings=world[1]) == 11
    return out


def statuses(folder):
    with (folder / "data" / "originals.csv").open(newline="") as file:
        return {row["sha256"]: (row["status"], row["file"]) for row in csv.DictReader(file)}


def test_bagit_python_validates_it_and_notices_one_changed_byte(folder, tmp_path, world):
    bag = bagit.Bag(str(folder))
    assert bag.validate()
    assert bag.info["Boardscribe-Privacy"].startswith("not redacted")
    other = tmp_path / "bag"
    bags.write_bagit(world[0], OPTIONS, other, settings=world[1])
    notes = other / "data" / "notes.jsonl"
    notes.write_bytes(notes.read_bytes().replace(b"seen twice", b"seen thrice"))
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(other)).validate()


def test_it_holds_readings_record_provenance_pictures_and_the_database(folder):
    data = folder / "data"
    assert {path.name for path in data.iterdir()} == {
        "crops", "database.sql", "notes.jsonl", "originals", "originals.csv", "outlines.json",
        "photos", "provenance.jsonld", "record", "tables",
    }  # fmt: skip
    restored = sqlite3.connect(":memory:")
    restored.executescript((data / "database.sql").read_text())
    assert restored.execute("select text from note").fetchall() == [("more time",)]
    assert (data / "record" / "record.md").read_bytes() == b"# Record\n"
    assert "a" * 64 in (data / "outlines.json").read_text()
    rows = [json.loads(line) for line in (data / "notes.jsonl").read_bytes().splitlines()]
    assert len(rows) == 12
    with (data / "tables" / "transcriptions.csv").open(newline="") as file:
        assert len([row for row in csv.DictReader(file) if row["note_id"] == "n07"]) == 3


def test_originals_are_listed_by_checksum_and_withheld_with_the_reason(folder, world):
    same, located, changed = world[1].originals
    found = statuses(folder)
    assert len(found) == 5
    assert found[same] == ("included", f"originals/p{same[:16]}.jpg")
    assert found[located] == ("left out: says where it was taken", "")
    assert found[changed] == ("left out: its bytes have changed", "")
    kept = folder / "data" / found[same][1]
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == same
    assert len(list((folder / "data" / "originals").iterdir())) == 1


def test_a_place_leaves_only_when_asked_for(tmp_path, world):
    snapshot, settings = world
    bags.write_bagit(snapshot, OPTIONS, tmp_path / "bag", settings=replace(settings, location=True))
    assert statuses(tmp_path / "bag")[list(settings.originals)[1]][0] == "included"


def saved(path, kind, **how):
    Image.new("RGB", (8, 6), (9, 99, 9)).save(path, kind, **how)
    return path


def gps(tags):
    exif = Image.Exif()
    exif[0x0110] = "Camera"
    exif.get_ifd(0x8825).update(tags)
    return exif


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><photoshop:City>Fernhill</photoshop:City></x:xmpmeta>'


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("tags", "told"),
    [({}, False), ({0: b"\x02\x03\x00\x00"}, False), ({1: "N", 2: (48.0, 8.0, 1.5)}, True)],
)
def test_a_place_is_seen_and_an_empty_block_for_places_is_none(tmp_path, kind, tags, told):
    assert bags.has_location(saved(tmp_path / "p", kind, exif=gps(tags))) is told


def test_a_place_in_xmp_or_a_file_nobody_can_read_is_withheld(tmp_path):
    packed = PngImagePlugin.PngInfo()
    packed.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=True)
    assert bags.has_location(saved(tmp_path / "a", "PNG", pnginfo=packed))
    assert bags.has_location(saved(tmp_path / "b", "JPEG", xmp=XMP))
    (tmp_path / "c").write_bytes(b"not a picture")
    assert bags.has_location(tmp_path / "c")
    assert bags.has_location(tmp_path / "missing")


def test_a_redacted_bag_holds_no_pictures_originals_or_database(tmp_path, world):
    snapshot, settings = world
    out = tmp_path / "bag"
    bags.write_bagit(snapshot, OPTIONS, out, settings=replace(settings, redacted=True))
    assert not list(out.rglob("*.jpg"))
    assert not (out / "data" / "database.sql").exists()
    assert bagit.Bag(str(out)).validate()


def test_a_record_file_cannot_leave_the_bag(tmp_path, world):
    settings = replace(world[1], record={"../evil.md": b""})
    with pytest.raises(InputError, match="not a plain file name"):
        bags.write_bagit(world[0], OPTIONS, tmp_path / "bag", settings=settings)
    assert list(tmp_path.iterdir()) == []


def test_the_same_workspace_gives_the_same_bytes(folder, tmp_path, world):
    bags.write_bagit(world[0], OPTIONS, tmp_path / "again", settings=world[1])
    first, again = (
        {path.relative_to(top): path.read_bytes() for path in top.rglob("*") if path.is_file()}
        for top in (folder, tmp_path / "again")
    )
    assert first == again


@pytest.mark.parametrize("named", [False, True])
def test_the_database_dump_names_no_account_no_folder_and_no_key(tmp_path, *, named):
    """What every other export shows as a pseudonym must not leave by the dump."""
    home = tmp_path / "home-of-somebody"
    found = result("a.jpg", [sighting("s1", square(10, 10))])
    with Workspace.open(tmp_path / "w", create=True) as space:
        run = space.store.begin_run("1")
        item = RunItem("a.jpg", str(home / "a.jpg"), "done", sha_of("a.jpg"))
        files = StoredFiles({})
        space.store.save(run, item, found, files, board=None, places={})
        space.store.decide("s1", replace(person("more time"), decided_by="ada@example.org"))
        key = sqlite3.connect(space.path / "boardscribe.db").execute("select value from secret")
        (secret,) = key.fetchone()
        options = OPTIONS.model_copy(
            update={"review": OPTIONS.review.model_copy(update={"name_readers": named})}
        )
        snapshot = space.snapshot(options)
        settings = ExportSettings(workspace=space.path)
        bags.write_bagit(snapshot, options, tmp_path / "bag", settings=settings)
    shown = snapshot.notes[0].transcription.decided_by
    everything = {
        path.name: path.read_bytes() for path in (tmp_path / "bag").rglob("*") if path.is_file()
    }
    assert shown.encode() in everything["database.sql"]
    assert shown.startswith("ada@" if named else "reader-")
    for name, data in everything.items():
        assert (b"ada@example.org" in data) <= named, name
        assert home.name.encode() not in data, name
        assert secret.encode() not in data, name
    restored = sqlite3.connect(":memory:")
    restored.executescript(everything["database.sql"].decode())
    assert restored.execute("select name, path from photo_name").fetchall() == [("a.jpg", "a.jpg")]
