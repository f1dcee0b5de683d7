"""COCO: opens with pycocotools, outlines as polygons, absence as data."""

from __future__ import annotations

import contextlib
import io
import json

import pytest
from pycocotools.coco import COCO
from support.snapshots import HOSTILE_NAME, HOSTILE_TEXT, hard_cases

from boardscribe.export import coco
from boardscribe.options import Options
from boardscribe.snapshot import Snapshot

OPTIONS = Options()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    out = tmp_path_factory.mktemp("coco") / "notes.json"
    assert coco.write_coco(hard_cases(), OPTIONS, out) == 12
    return out


@pytest.fixture(scope="module")
def dataset(path):
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(path))


def by_sighting(dataset):
    return {
        annotation["attributes"]["sighting_id"]: annotation
        for annotation in dataset.loadAnns(dataset.getAnnIds())
    }


def test_pycocotools_finds_every_photo_and_draws_every_mask(dataset):
    assert len(dataset.getImgIds()) == 5
    found = by_sighting(dataset)
    assert len(found) == 12
    for name, annotation in found.items():
        mask = dataset.annToMask(annotation)
        assert mask.shape == (600, 800)
        if name != "s09":  # reaches over the photo's border
            assert mask.sum() == pytest.approx(annotation["area"], rel=0.03)


def test_every_kind_of_absence_stays_different(dataset):
    found = {name: entry["attributes"] for name, entry in by_sighting(dataset).items()}
    assert [
        (found[name]["legibility"], found[name]["text"])
        for name in ("s03", "s04", "s05", "s08", "s09", "s10")
    ] == [
        ("partly", "ask [illeg.] about [illeg.]"),
        ("blank", None),
        ("illegible", None),
        ("hidden", None),
        ("cut_off", "half a"),
        ("not_attempted", None),
    ]
    assert found["s06"]["text"] == HOSTILE_TEXT


def test_shapes_names_and_outlines_come_back(dataset):
    found = by_sighting(dataset)
    names = {category["id"]: category["name"] for category in dataset.loadCats(dataset.getCatIds())}
    for note in hard_cases().counted():
        annotation = found[note.best.sighting_id]
        assert names[annotation["category_id"]] == note.best.shape.shape.value
        numbers = annotation["segmentation"][0]
        assert list(zip(numbers[::2], numbers[1::2], strict=True)) == list(
            note.best.detection.polygon
        )
    images = dataset.loadImgs(dataset.getImgIds())
    assert HOSTILE_NAME in {image["file_name"] for image in images}


def test_an_empty_workspace_is_a_dataset_of_nothing(tmp_path):
    out = tmp_path / "empty.json"
    assert coco.write_coco(Snapshot("", (), (), (), (), ()), OPTIONS, out) == 0
    assert json.loads(out.read_text())["annotations"] == []


def test_the_same_snapshot_gives_the_same_bytes(path, tmp_path):
    coco.write_coco(hard_cases(), OPTIONS, tmp_path / "again.json")
    assert path.read_bytes() == (tmp_path / "again.json").read_bytes()
