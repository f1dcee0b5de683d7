"""In every format: editorial marks are kept, each kind of absence is told from every other, and
what was said before is there."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from lxml import etree, html
from support.snapshots import decided, hard_cases

from boardscribe.export import FOLDERS, FORMATS, alto, page, tei, write_export
from boardscribe.export._view import xml_id
from boardscribe.options import Options
from boardscribe.records import Legibility, Source

WORDS = "ask [illeg.] about the [?shed?], [?twice?]"
NOTES = {
    "s01": (WORDS, Legibility.PARTLY),
    "s02": ("", Legibility.BLANK),
    "s03": ("[illeg.]", Legibility.ILLEGIBLE),
    "s04": ("", Legibility.HIDDEN),
    "s05": ("", Legibility.CUT_OFF),
    "s06": ("", Legibility.NOT_ATTEMPTED),
    "s11": ("all of it", Legibility.READABLE),
}
"""Text and legibility by sighting; `s12` is an outline that people said is no note."""
FORMER = "ask the man about the shed"


def snapshot():
    made = hard_cases()
    notes = []
    for note in made.notes:
        key = note.best.sighting_id
        if key in NOTES:
            text, legibility = NOTES[key]
            now = decided(text, legibility, source=Source.PERSON, by="reader-3", version=2)
            before = decided(FORMER if key == "s01" else "", Legibility.PARTLY, accepted=False)
            history = (now, before) if key == "s01" else (now,)
            notes.append(replace(note, history=history, sightings=(note.best,)))
        elif note.doubtful:
            notes.append(note)
    return replace(made, notes=tuple(notes))


Told = dict[str, tuple[str | None, str]]
"""Text (None where there is none) and legibility by sighting."""


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def of_tables(folder: Path, suffix: str = "csv") -> Told:
    if suffix == "csv":
        rows = csv_rows(folder / "notes.csv")
    else:
        rows = [json.loads(line) for line in (folder / f"notes.{suffix}").open()]
    return {r["note_id"].replace("n", "s"): (r["text"] or None, r["legibility"]) for r in rows}


def of_contract(rows: list[dict[str, str]]) -> Told:
    """`csv` and `jsonl` give texts exactly as they are stored."""
    return {
        row["note_id"].replace("n", "s"): (
            None if row["text"] in ("", "[illeg.]") else row["text"],
            row["legibility"],
        )
        for row in rows
    }


def of_alto(folder: Path) -> Told:
    told: Told = {}
    for path in sorted(folder.glob("*.xml")):
        root = etree.parse(path)
        ns = {"a": alto.NAMESPACE}
        tags = {t.get("ID"): t for t in root.iterfind(".//a:OtherTag", ns)}
        for block in root.iterfind(".//a:TextBlock", ns):
            named = {
                tags[t].get("TYPE"): tags[t].get("LABEL") for t in block.get("TAGREFS").split()
            }
            words = [w.get("CONTENT") for w in block.iterfind(".//a:String", ns)]
            if "legibility" in named:
                key = block.get("ID").removeprefix("note-")
                told[key] = (" ".join(words) or None, named["legibility"])
    return told


def of_page(folder: Path) -> Told:
    told: Told = {}
    ns = {"p": page.NAMESPACE}
    for path in sorted(folder.glob("*.xml")):
        for region in etree.parse(path).iterfind(".//p:TextRegion", ns):
            facts = {
                a.get("name"): a.get("value") for a in region.iterfind(".//p:UserAttribute", ns)
            }
            text = region.find("p:TextEquiv[@index='0']/p:Unicode", ns)
            if "legibility" in facts:
                key = region.get("id").removeprefix("note-")
                told[key] = (None if text is None else text.text, facts["legibility"])
    return told


def of_hocr(path: Path) -> Told:
    told: Told = {}
    for area in html.parse(str(path)).getroot().iterfind(".//div[@data-legibility]"):
        words = [w.text for w in area.iterfind(".//span[@class='ocrx_word']")]
        key = area.get("id").removeprefix("note-")
        told[key] = (" ".join(words) or None, area.get("data-legibility"))
    return told


def of_tei(path: Path) -> Told:
    told: Told = {}
    for item in etree.parse(path).iterfind(f".//{{{tei.NAMESPACE}}}item"):
        legibility = re.search(r"#legibility-(\w+)", item.get("ana"))
        parts = [item.text or ""]
        for child in item:
            name = etree.QName(child).localname
            if name == "gap" and child.get("extent") == "unknown":
                parts.append("[illeg.]")
            elif name == "unclear":
                parts.append(f"[?{child.text}?]")
            elif name == "supplied":
                parts.append(child.text)
            parts.append(child.tail or "")
        key = item.get(tei._ID).removeprefix("note-").replace("n", "s")
        told[key] = ("".join(parts).strip() or None, legibility[1])
    return told


def of_iiif(folder: Path) -> Told:
    told: Told = {}
    for path in (folder / "annotations").glob("*.json"):
        for item in json.loads(path.read_text())["items"]:
            texts = [b["value"] for b in item["body"] if b["purpose"] == "supplementing"]
            tags = dict(
                b["value"].split(": ", 1) for b in item["body"] if b["purpose"] == "tagging"
            )
            told[item["id"].rpartition("/")[2]] = (texts[0] if texts else None, tags["legibility"])
    return told


def of_coco(path: Path) -> Told:
    rows = [a["attributes"] for a in json.loads(path.read_text())["annotations"]]
    return {row["sighting_id"]: (row["text"], row["legibility"]) for row in rows}


def of_parquet(path: Path) -> Told:
    rows = pq.read_table(path).to_pylist()
    return {row["sighting_id"]: (row["text"], row["legibility"]) for row in rows}


def of_record(path: Path) -> Told:
    """A record says the legibility by a mark of its own in place of the text."""
    marks = {
        "[no text]": "blank", "[illegible]": "illegible", "[hidden]": "hidden",
        "[cut off]": "cut_off", "[not read yet]": "not_attempted",
    }  # fmt: skip
    lines = re.findall(r"^- (.*)$", path.read_text().partition("What still")[0], re.MULTILINE)
    told: Told = {}
    for line in lines:
        text = line.replace("\\", "")
        for key, (stored, legibility) in NOTES.items():
            if marks.get(text) == legibility.value:
                told[key] = (None, legibility.value)
            elif stored and text == stored and legibility is not Legibility.ILLEGIBLE:
                told[key] = (text, "partly" if "[illeg.]" in text else "readable")
    return told


READERS: dict[str, Callable[[Path], Told]] = {
    "alto": of_alto,
    "bagit": lambda folder: of_tables(folder / "data" / "tables"),
    "coco": of_coco,
    "croissant": lambda folder: of_tables(folder, "jsonl"),
    "csv": lambda path: of_contract(csv_rows(path)),
    "frictionless": of_tables,
    "hf": lambda folder: of_parquet(next(folder.rglob("*.parquet"))),
    "hocr": of_hocr,
    "iiif": of_iiif,
    "jsonl": lambda path: of_contract([json.loads(line) for line in path.open()]),
    "page": of_page,
    "parquet": of_parquet,
    "record": of_record,
    "ro-crate": of_tables,
    "tei": of_tei,
}


@pytest.fixture(scope="module", params=sorted(FORMATS))
def exported(request, tmp_path_factory):
    out = tmp_path_factory.mktemp(request.param) / "out"
    write_export(snapshot(), Options(), format=request.param, out=out)
    return request.param, out


def everything(out: Path) -> str:
    files = [out] if out.is_file() else sorted(p for p in out.rglob("*") if p.is_file())
    return "\n".join(
        str(pq.read_table(path).to_pylist())
        if path.suffix == ".parquet" or path.read_bytes()[:4] == b"PAR1"
        else path.read_text(encoding="utf-8")
        for path in files
    )


def test_marks_are_kept_and_every_kind_of_absence_is_told_from_every_other(exported):
    form, out = exported
    told = READERS[form](out)
    assert told == {
        key: (None if text in ("", "[illeg.]") else text, legibility.value)
        for key, (text, legibility) in NOTES.items()
    }


def test_what_people_said_is_no_note_is_in_no_format(exported):
    _, out = exported
    assert "only perhaps a note" not in everything(out)


@pytest.mark.parametrize("form", sorted(set(FORMATS) - {"csv", "jsonl", "record"}))
def test_what_was_said_before_is_there(form, tmp_path):
    """`csv` and `jsonl` have a row a sighting by contract, the record says what stands."""
    out = tmp_path / "out"
    write_export(snapshot(), Options(), format=form, out=out)
    assert FORMER in everything(out)
    assert out.is_dir() == (form in FOLDERS)


def test_where_a_format_has_an_element_for_a_mark_it_is_used(tmp_path):
    for form in ("alto", "page", "tei", "hocr"):
        write_export(snapshot(), Options(), format=form, out=tmp_path / form)
    text = etree.parse(tmp_path / "tei")
    unclear = [
        e.text for e in text.iterfind(f".//{{{tei.NAMESPACE}}}item/{{{tei.NAMESPACE}}}unclear")
    ]
    assert unclear == ["shed", "twice"]
    pages = everything(tmp_path / "page")
    assert "gap {offset:4; length:8;} unclear {offset:23; length:8;}" in pages
    blocks = everything(tmp_path / "alto")
    assert 'CONTENT="[?twice?]" TAGREFS="unclear"' in blocks
    assert 'CONTENT="[illeg.]" TAGREFS="gap"' in blocks
    assert 'data-mark="unclear">[?shed?],<' in (tmp_path / "hocr").read_text()
    assert xml_id("note", "s01") in blocks
