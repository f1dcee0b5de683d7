"""IIIF: a manifest that libraries accept, notes as Web Annotations, absence as data."""

from __future__ import annotations

import json

import iiif_prezi3 as prezi3
import pytest
from IIIFpres import utilities
from PIL import Image
from support.snapshots import HOSTILE_NAME, HOSTILE_TEXT, draw_pictures, hard_cases

from boardscribe.errors import InputError
from boardscribe.export import iiif
from boardscribe.export._settings import ExportSettings
from boardscribe.options import Options
from boardscribe.snapshot import Snapshot

OPTIONS = Options()
BASE = "https://archive.example/boards/"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    path = tmp_path_factory.mktemp("workspace")
    draw_pictures(hard_cases(), path)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory, workspace):
    out = tmp_path_factory.mktemp("iiif") / "iiif"
    settings = ExportSettings(
        workspace=workspace,
        base_url=BASE,
        licence="https://creativecommons.org/licenses/by/4.0/",
        description="Two boards.",
        creator="An archive",
    )
    assert iiif.write_iiif(hard_cases(), OPTIONS, out, settings=settings) == 12
    return out


def annotations(folder):
    """By sighting id, over all pages."""
    found = {}
    for path in sorted((folder / "annotations").glob("*.json")):
        for item in json.loads(path.read_text())["items"]:
            found[item["id"].rpartition("/")[2]] = item
    return found


def facts(annotation):
    return dict(
        body["value"].split(": ", 1) for body in annotation["body"] if body["purpose"] == "tagging"
    )


def text(annotation):
    found = [body["value"] for body in annotation["body"] if body["purpose"] == "supplementing"]
    return found[0] if found else None


def test_the_manifest_is_accepted_by_a_iiif_library(folder):
    manifest = utilities.read_API3_json(str(folder / "manifest.json"))
    assert json.loads(manifest.json_dumps())["id"] == f"{BASE}manifest.json"
    assert '"Required":' not in manifest.json_dumps(dumps_errors=True)


def test_the_reference_library_accepts_manifest_and_annotation_pages(folder):
    prezi3.Manifest(**json.loads((folder / "manifest.json").read_text()))
    for path in (folder / "annotations").glob("*.json"):
        prezi3.AnnotationPage(**json.loads(path.read_text()))


def test_every_identifier_is_absolute_and_used_once_and_every_file_is_there(folder):
    seen = []

    def walk(value, *, parent=""):
        if isinstance(value, dict):
            if "id" in value and not (parent in {"annotations", "items"} and len(value) == 2):
                seen.append(value["id"])
            for name, child in value.items():
                walk(child, parent=name)
        elif isinstance(value, list):
            for child in value:
                walk(child, parent=parent)

    manifest = json.loads((folder / "manifest.json").read_text())
    walk(manifest)
    files = [name for name in seen if name.startswith(f"{BASE}images/")]
    others = [name for name in seen if name not in files]
    assert all(name.startswith(BASE) for name in seen)
    assert len(others) == len(set(others))
    for name in files:
        with Image.open(folder / name.removeprefix(BASE)) as picture:
            assert picture.size == (400, 300)
    for canvas in manifest["items"]:
        for page in canvas.get("annotations", ()):
            stored = json.loads((folder / page["id"].removeprefix(BASE)).read_text())
            assert stored["id"] == page["id"]
    labels = [canvas["label"]["none"][0] for canvas in manifest["items"]]
    assert HOSTILE_NAME in labels


def test_every_kind_of_absence_stays_different(folder):
    found = annotations(folder)
    assert {
        name: (facts(found[name])["legibility"], text(found[name]))
        for name in ("s03", "s04", "s05", "s08", "s09", "s10")
    } == {
        "s03": ("partly", "ask [illeg.] about [illeg.]"),
        "s04": ("blank", None),
        "s05": ("illegible", None),
        "s08": ("hidden", None),
        "s09": ("cut_off", "half a"),
        "s10": ("not_attempted", None),
    }


def test_texts_types_and_outlines_come_back(folder):
    found = annotations(folder)
    assert {"s02c", "s12"}.isdisjoint(found)
    for note in hard_cases().counted():
        annotation = found[note.best.sighting_id]
        assert facts(annotation)["meaning"] == note.meaning
        svg = annotation["target"]["selector"][1]["value"]
        points = svg.split('"')[3]
        assert [tuple(float(n) for n in point.split(",")) for point in points.split()] == list(
            note.best.detection.polygon
        )
    assert text(found["s06"]) == HOSTILE_TEXT
    assert {body["format"] for body in found["s06"]["body"]} == {"text/plain"}  # never HTML
    assert found["s07"]["creator"]["name"] == "volunteer-3, volunteer-7"


def test_no_picture_says_where_it_was_taken(folder, workspace):
    with Image.open(workspace / hard_cases().photos[0].preview) as picture:
        assert picture.getexif().get_ifd(0x8825)
    for path in (folder / "images").iterdir():
        with Image.open(path) as picture:
            assert not picture.getexif()


def test_a_redacted_export_holds_no_pictures(tmp_path, workspace):
    settings = ExportSettings(workspace=workspace, redacted=True)
    iiif.write_iiif(hard_cases(), OPTIONS, tmp_path / "out", settings=settings)
    assert not list((tmp_path / "out").rglob("*.jpg"))


def test_a_base_that_is_no_web_address_and_an_empty_workspace_are_refused(tmp_path):
    with pytest.raises(InputError, match="is not a web address"):
        iiif.write_iiif(
            hard_cases(), OPTIONS, tmp_path / "a", settings=ExportSettings(base_url="boards/")
        )
    with pytest.raises(InputError, match="at least one photo"):
        iiif.write_iiif(Snapshot("", (), (), (), (), ()), OPTIONS, tmp_path / "b")


def test_the_same_workspace_gives_the_same_bytes(tmp_path, workspace):
    files = []
    for name in ("a", "b"):
        settings = ExportSettings(workspace=workspace)
        iiif.write_iiif(hard_cases(), OPTIONS, tmp_path / name, settings=settings)
        files.append(
            {
                path.relative_to(tmp_path / name): path.read_bytes()
                for path in (tmp_path / name).rglob("*")
                if path.is_file()
            }
        )
    assert files[0] == files[1]
