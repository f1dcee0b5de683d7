"""What all formats share: whole or not at all, nothing but former exports replaced, no secrets."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from support.snapshots import draw_pictures, hard_cases

from boardscribe.errors import InputError, MissingComponentError
from boardscribe.export import FOLDERS, FORMATS, ExportSettings, _write, write_export
from boardscribe.options import Options

OPTIONS = Options()
LIBRARIES = {
    "alto": "lxml", "bagit": "bagit", "hf": "pyarrow", "hocr": "lxml", "page": "lxml",
    "parquet": "pyarrow", "ro-crate": "rocrate", "tei": "lxml",
}  # fmt: skip


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_a_folder_or_a_file_as_it_says(form, tmp_path):
    assert write_export(hard_cases(), OPTIONS, format=form, out=tmp_path / "out") > 0
    assert (tmp_path / "out").is_dir() == (form in FOLDERS)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("form", sorted(FOLDERS))
def test_a_folder_with_other_contents_is_left_alone(form, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match=f"not a former {form} export"):
        write_export(hard_cases(), OPTIONS, format=form, out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("form", sorted(FOLDERS))
def test_a_failed_export_leaves_the_former_one(form, tmp_path, monkeypatch):
    out = tmp_path / "out"
    write_export(hard_cases(), OPTIONS, format=form, out=out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_write, "dump_json", full)  # the marker, written last
    with pytest.raises(InputError, match="No space left"):
        write_export(hard_cases(), OPTIONS, format=form, out=out)
    assert before == {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("form", sorted(LIBRARIES))
def test_a_missing_library_is_named_with_what_installs_it(form, tmp_path, monkeypatch):
    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr(_write.importlib, "import_module", absent)
    with pytest.raises(MissingComponentError, match=LIBRARIES[form]) as caught:
        write_export(hard_cases(), OPTIONS, format=form, out=tmp_path / "out")
    assert 'pip install "boardscribe[export]"' in caught.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_pictures_are_taken_from_nowhere_but_the_workspace(tmp_path):
    """A path in a damaged database leads out of the workspace: no such picture is exported."""
    draw_pictures(hard_cases(), tmp_path / "other")
    (tmp_path / "workspace").mkdir()
    secret = tmp_path / "other" / hard_cases().photos[0].preview
    relative = f"../other/{hard_cases().photos[0].preview}"
    assert secret.exists()
    assert _write.read_picture(tmp_path / "workspace", relative) is None
    assert _write.read_picture(tmp_path / "other", hard_cases().photos[0].preview) is not None


def test_stripping_metadata_leaves_every_byte_of_the_picture(tmp_path):
    draw_pictures(hard_cases(), tmp_path)
    data = (tmp_path / hard_cases().photos[0].preview).read_bytes()
    bare = _write.without_metadata(data)
    assert b"Exif" in data
    assert b"Exif" not in bare
    assert data.endswith(bare[20:])
    assert _write.without_metadata(b"not a picture") == b"not a picture"


@pytest.mark.parametrize("form", sorted(FOLDERS))
def test_every_folder_says_what_was_done_for_privacy(form, tmp_path):
    write_export(hard_cases(), OPTIONS, format=form, out=tmp_path / "out")
    marker = json.loads((tmp_path / "out" / "boardscribe-export.json").read_text())
    assert marker["format"] == form
    assert (marker["notes"], marker["sightings"]) == (11, 12)
    assert marker["privacy"].startswith("not redacted")


def test_the_page_on_exports_has_a_row_for_every_format():
    page = (Path(__file__).parents[1] / "docs" / "exports.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)) >= set(FORMATS)


def test_settings_without_a_workspace_export_no_pictures(tmp_path):
    write_export(
        hard_cases(), OPTIONS, format="iiif", out=tmp_path / "o", settings=ExportSettings()
    )
    assert not list((tmp_path / "o").rglob("*.jpg"))
    assert all(path.suffix == ".json" for path in (tmp_path / "o").rglob("*.*"))
