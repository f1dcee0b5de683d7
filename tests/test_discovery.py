"""Files, folders and patterns become a sorted list of paths, each file once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from boardscribe.discovery import discover


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as volunteers have them; the test runs inside it."""
    for name in (
        "day1/b.JPG",
        "day1/a.jpg",
        "day1/notes.txt",
        "day1/a.jpg.xmp",
        "day1/._a.jpg",
        "day1/Thumbs.db",
        "day1/.hidden/c.jpg",
        "day2/late/d.heic",
        "day2/e.tiff",
        "day2/[f].png",
        "single.webp",
        "README",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*patterns: str) -> list[str]:
    found = discover(patterns)
    assert found.failures == ()
    return [path.as_posix() for path in found.paths]


ALL = [
    "day1/a.jpg",
    "day1/b.JPG",
    "day2/[f].png",
    "day2/e.tiff",
    "day2/late/d.heic",
    "single.webp",
]


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["."], ALL),
        (["day1"], ["day1/a.jpg", "day1/b.JPG"]),
        (["day1/"], ["day1/a.jpg", "day1/b.JPG"]),
        (["day1/notes.txt"], ["day1/notes.txt"]),
        (["README"], ["README"]),
        (["day*/*.jpg"], ["day1/a.jpg"]),
        (["day?"], ALL[:-1]),
        (
            ["day[12]/*"],
            [
                "day1/Thumbs.db",
                "day1/a.jpg",
                "day1/a.jpg.xmp",
                "day1/b.JPG",
                "day1/notes.txt",
                *ALL[2:5],
            ],
        ),
        (["**/*.heic"], ["day2/late/d.heic"]),
        (["**"], ALL),
        (["**/late"], ["day2/late/d.heic"]),
        (["day2/**/*"], ["day2/[f].png", "day2/e.tiff", "day2/late/d.heic"]),
        (["day2/[f].png"], ["day2/[f].png"]),
        (["day2/[[]f].png"], ["day2/[f].png"]),
        (
            ["day1/a.jpg", "day1/a.jpg", "day1", "./day1/../day1/a.jpg"],
            ["day1/../day1/a.jpg", "day1/b.JPG"],
        ),
    ],
)
def test_files_folders_and_patterns_are_found_once_and_in_order(
    tree: Path, patterns: list[str], expected: list[str]
) -> None:
    assert names(*patterns) == expected


def test_absolute_patterns_work_as_well(tree: Path) -> None:
    assert names(f"{tree}/**/*.jpg") == [f"{tree}/day1/a.jpg"]
    assert names(f"{tree}/day1/*.jpg") == [f"{tree}/day1/a.jpg"]


@pytest.mark.parametrize("pattern", ["gone.jpg", "gone/*.jpg", "**/*.gone", "", "a\0b", "x" * 5000])
def test_what_is_not_there_is_a_failure_and_the_rest_is_found(tree: Path, pattern: str) -> None:
    found = discover([pattern, "day1"])
    assert [path.as_posix() for path in found.paths] == ["day1/a.jpg", "day1/b.JPG"]
    assert [(f.name, f.reason) for f in found.failures] == [(pattern, "not_found")]
    assert found.failures[0].remedy


def test_a_folder_without_photos_is_said(tree: Path) -> None:
    (tree / "nothing").mkdir()
    (failure,) = discover(["nothing"]).failures
    assert (failure.reason, failure.message) == ("not_found", "the folder holds no photos")


def test_a_broken_link_is_found_so_that_its_failure_is_reported(tree: Path) -> None:
    (tree / "day1" / "broken.jpg").symlink_to("gone.jpg")
    assert names("day1") == ["day1/a.jpg", "day1/b.JPG", "day1/broken.jpg"]
    assert names("day1/broken.jpg") == ["day1/broken.jpg"]


@pytest.mark.timeout(20)
def test_links_in_a_circle_end(tree: Path) -> None:
    for index in range(6):
        (tree / "day1" / f"up{index}").symlink_to(tree)
        (tree / "day2" / f"here{index}").symlink_to(".")
    assert len(names(".")) == len(ALL)
    assert len(names("**/*")) == len(ALL)


def test_a_file_linked_to_twice_counts_once(tree: Path) -> None:
    (tree / "day2" / "again.jpg").symlink_to(tree / "day1" / "a.jpg")
    (tree / "linked").symlink_to(tree / "day2")
    assert names("day1", "day2", "linked") == [
        "day1/a.jpg",
        "day1/b.JPG",
        "day2/[f].png",
        "day2/e.tiff",
        "day2/late/d.heic",
    ]


@pytest.mark.parametrize("pattern", [".", "**", "**/*.jpg", "*", "*/*", "*/*.jpg"])
def test_a_workspace_below_a_folder_is_never_searched(tree: Path, pattern: str) -> None:
    for name in ("work/boardscribe.toml", "work/boardscribe.db", "work/crops/n.jpg", "work/p.jpg"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(b"x")
    assert not [path for path in discover([pattern]).paths if "work" in path.parts]


def test_photos_kept_inside_their_workspace_are_found_and_its_own_pictures_are_not(
    tree: Path,
) -> None:
    pictures = ("crops/n.jpg", "previews/p.jpg", "review/context/c.jpg", "record/r.jpg")
    for name in ("boardscribe.toml", "boardscribe.db", *pictures):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(b"x")
    assert names(".") == ALL
    assert names("**") == ALL
    own = {name.partition("/")[0] for name in pictures}
    assert not own & {path.parts[0] for path in discover(["*"]).paths}


def test_any_name_is_safe(tree: Path) -> None:
    raw = [b"two\nlines.jpg", b"caf\xe9.jpg", "📌 zettel.jpg".encode(), b"=cmd().jpg", b"-rf.jpg"]
    folder = tree / "odd"
    folder.mkdir()
    for name in raw:
        (folder / os.fsdecode(name)).write_bytes(b"x")
    found = discover(["odd"])
    assert found.failures == ()
    assert [os.fsencode(path.name) for path in found.paths] == sorted(raw)
    missing = discover([os.fsdecode(b"caf\xe9-gone.jpg")]).failures[0]
    assert missing.name == "caf\\xe9-gone.jpg"


def test_a_folder_that_may_not_be_read_is_a_failure(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Injected: the tests may run as root, whom permission bits do not stop."""
    real = os.scandir

    def refuse(path: object) -> object:
        if str(path).endswith("late"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "scandir", refuse)
    found = discover(["day2"])
    assert [path.name for path in found.paths] == ["[f].png", "e.tiff"]
    assert [(f.name, f.reason) for f in found.failures] == [("late", "unreadable")]
