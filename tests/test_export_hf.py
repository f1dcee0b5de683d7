"""Hugging Face: the folder opens with datasets.load_dataset, pictures and absence included."""

from __future__ import annotations

import io

import pytest
import yaml
from PIL import Image
from support.snapshots import CROP_SIDE, HOSTILE_TEXT, draw_pictures, hard_cases

from boardscribe.export import hf
from boardscribe.export._settings import ExportSettings
from boardscribe.options import Options

OPTIONS = Options()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    path = tmp_path_factory.mktemp("workspace")
    draw_pictures(hard_cases(), path)
    (path / "crops" / "s05.jpg").unlink()  # a crop that is lost
    return path


def written(workspace, out, **more):
    settings = ExportSettings(
        workspace=workspace, licence="https://creativecommons.org/licenses/by-sa/4.0/", **more
    )
    assert hf.write_hf(hard_cases(), OPTIONS, out, settings=settings) == 12
    return out


@pytest.fixture(scope="module")
def folder(tmp_path_factory, workspace):
    return written(workspace, tmp_path_factory.mktemp("hf") / "hf")


def load(folder, cache, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(cache))
    import datasets

    datasets.disable_progress_bars()
    return datasets.load_dataset(str(folder), cache_dir=str(cache), split="train")


def test_it_loads_from_the_folder_with_pictures_and_every_kind_of_absence(
    folder, tmp_path, monkeypatch
):
    rows = {row["sighting_id"]: row for row in load(folder, tmp_path, monkeypatch)}
    assert len(rows) == 12
    assert {"s02c", "s12"}.isdisjoint(rows)
    assert rows["s01"]["image"].size == (CROP_SIDE, CROP_SIDE)
    assert rows["s05"]["image"] is None
    assert [
        (rows[name]["legibility"], rows[name]["text"])
        for name in ("s03", "s04", "s05", "s08", "s09", "s10")
    ] == [
        ("partly", "ask [illeg.] about [illeg.]"),
        ("blank", None),
        ("illegible", None),
        ("hidden", None),
        ("cut_off", "half a"),
        ("not_attempted", None),
    ]
    assert rows["s06"]["text"] == HOSTILE_TEXT
    assert rows["s07"]["history"][1]["text"] == "keep the [illeg.] tree"


def test_the_card_names_licence_and_privacy_and_keeps_a_hostile_title_as_text(folder):
    card = (folder / "README.md").read_text(encoding="utf-8")
    _, head, body = card.split("---\n", 2)
    assert yaml.safe_load(head)["license"] == "cc-by-sa-4.0"
    assert yaml.safe_load(head)["pretty_name"] == "Boards & <principles>"
    assert "# Boards &amp; &lt;principles&gt;" in body
    assert "not redacted" in body


def test_no_picture_says_where_it_was_taken(folder):
    import pyarrow.parquet as pq

    images = pq.read_table(folder / "data" / "train.parquet").column("image").to_pylist()
    for image in filter(None, images):
        with Image.open(io.BytesIO(image["bytes"])) as picture:
            assert not picture.getexif()


def test_a_redacted_dataset_holds_no_pictures(tmp_path, workspace):
    import pyarrow.parquet as pq

    out = written(workspace, tmp_path / "redacted", redacted=True)
    table = pq.read_table(out / "data" / "train.parquet")
    assert set(table.column("image").to_pylist()) == {None}


def test_the_same_workspace_gives_the_same_bytes(folder, tmp_path, workspace):
    again = written(workspace, tmp_path / "again")
    first, second = (
        {path.relative_to(top): path.read_bytes() for path in top.rglob("*") if path.is_file()}
        for top in (folder, again)
    )
    assert first == second
