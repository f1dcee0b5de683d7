"""hOCR 1.2, one HTML file with a page a photo: for OCR tools, and to read in a browser.

A note is an `ocr_carea` with its facts in `data-` attributes. A note without text is an area
without lines: `data-legibility` says whether it is blank, illegible, hidden, cut off or was not
attempted, and a browser shows that word in its place. Words that are `[illeg.]` or `[?unsure?]`
say so in `data-mark`; `data-history` is JSON with all versions of a text that was ever replaced.

Source: https://kba.github.io/hocr-spec/1.2/.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from boardscribe._version import __version__
from boardscribe.export._output import output
from boardscribe.export._settings import ExportSettings
from boardscribe.export._view import (
    TextLine,
    board_names,
    box,
    by_photo,
    clipped,
    data_time,
    history_of,
    lines_of,
    marks,
    outline_fact,
    short_ids,
    xml_id,
    xml_safe,
)
from boardscribe.export._write import component
from boardscribe.options import Options
from boardscribe.records import Photo, Polygon
from boardscribe.snapshot import NoteEntry, PhotoEntry, SightingEntry, Snapshot

__all__ = ["write_hocr"]

_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:45em;margin:1em auto;padding:0 1em}"
    ".ocr_carea{margin:.5em 0;padding-left:.6em;border-left:3px solid}"
    ".ocr_line{display:block}"
    ".ocr_carea:not(:has(.ocr_line))::before{content:'[' attr(data-legibility) ']'}"
)


def write_hocr(
    snapshot: Snapshot,
    options: Options,  # noqa: ARG001 - every format has the same signature
    out: Path,
    *,
    settings: ExportSettings = ExportSettings(),  # noqa: B008 - frozen
) -> int:
    """Write the hOCR file `out`; returns the number of areas that are notes.

    Raises:
        InputError: `out` cannot be written.
        MissingComponentError: lxml is not installed.
    """
    etree = component("lxml.etree", kind="hocr")
    names = board_names(snapshot)
    ids = short_ids(snapshot)
    shown = by_photo(snapshot)
    count = 0
    with output(out) as path, etree.htmlfile(str(path), encoding="UTF-8") as file:
        file.write_doctype("<!DOCTYPE html>")
        with file.element("html"):
            file.write(_head(etree, snapshot, settings))
            with file.element("body"):
                for number, entry in enumerate(snapshot.photos):
                    notes = shown[entry.photo.sha256]
                    page = _Page(etree, entry.photo)
                    file.write(
                        page.element(
                            entry,
                            notes,
                            number=number,
                            name=ids[entry.photo.sha256],
                            board=names.get(entry.board_id, ""),
                        )
                    )
                    count += len(notes)
    return count


def _head(etree: Any, snapshot: Snapshot, settings: ExportSettings) -> Any:
    head = etree.Element("head")
    etree.SubElement(head, "meta", charset="utf-8")
    etree.SubElement(head, "title").text = xml_safe(snapshot.title)
    for name, content in {
        "ocr-system": f"boardscribe {__version__}",
        "ocr-capabilities": "ocr_page ocr_carea ocr_line ocrx_word ocrp_wconf ocrp_poly",
        "ocr-number-of-pages": str(len(snapshot.photos)),
        "ocr-langs": "unknown",
        "ocr-scripts": "Latn",
        "dcterms.modified": data_time(snapshot),
        "boardscribe-privacy": settings.redaction,
    }.items():
        etree.SubElement(head, "meta", name=name, content=content)
    etree.SubElement(head, "style").text = _STYLE
    return head


class _Page:
    """Builds the elements of one photo."""

    def __init__(self, etree: Any, photo: Photo) -> None:
        self._etree = etree
        self._photo = photo

    def _add(self, parent: Any, tag: str, attributes: dict[str, str]) -> Any:
        fixed = {name: xml_safe(value) for name, value in attributes.items()}
        return self._etree.SubElement(parent, tag, fixed)

    def element(
        self,
        entry: PhotoEntry,
        notes: list[tuple[NoteEntry, SightingEntry]],
        *,
        number: int,
        name: str,
        board: str,
    ) -> Any:
        photo = entry.photo
        # A title property ends at a semicolon or quote, so the name is told whole elsewhere.
        image = re.sub(r"[^\w. ()-]", "_", photo.name)
        page = self._etree.Element(
            "div",
            {
                "class": "ocr_page",
                "id": name,
                "title": f'image "{image}"; bbox 0 0 {photo.width} {photo.height}; ppageno {number}',
                "data-photo": xml_safe(photo.name),
                "data-photo-sha256": photo.sha256,
                "data-board": xml_safe(board),
            },
        )
        for index, heading in enumerate(entry.headings):
            area = self._area(page, f"{name}-heading-{index}", heading.polygon, {"role": "heading"})
            words = tuple((word, heading.confidence) for word in heading.text.split())
            if words:
                self._line(area, TextLine(words, heading.polygon), heading.polygon)
        for note, sighting in notes:
            current = note.transcription
            area = self._area(
                page,
                xml_id("note", sighting.sighting_id),
                sighting.detection.polygon,
                {
                    "note": note.note_id,
                    "meaning": note.meaning,
                    "shape": sighting.shape.shape.value,
                    "colour": sighting.colour.name,
                    "legibility": current.legibility.value,
                    "confidence": repr(current.confidence),
                    "status": note.status.value,
                    "source": current.source.value,
                    **outline_fact(note),
                },
            )
            if versions := history_of(note):
                area.set("data-history", xml_safe(json.dumps(versions, ensure_ascii=False)))
            for line in lines_of(note, sighting):
                self._line(area, line, line.polygon or sighting.detection.polygon)
        return page

    def _area(self, page: Any, area_id: str, polygon: Polygon, facts: dict[str, str]) -> Any:
        data = {f"data-{name}": value for name, value in facts.items()}
        title = f"{self._bbox(polygon)}; poly {self._poly(polygon)}"
        return self._add(page, "div", {"class": "ocr_carea", "id": area_id, "title": title, **data})

    def _line(self, area: Any, line: TextLine, polygon: Polygon) -> None:
        element = self._add(area, "span", {"class": "ocr_line", "title": self._bbox(polygon)})
        for number, (word, confidence) in enumerate(line.words):
            attributes = {"class": "ocrx_word"}
            if confidence is not None:
                attributes["title"] = f"x_wconf {round(100 * confidence)}"
            if kinds := [kind for kind, _, _ in marks(word)]:
                attributes["data-mark"] = " ".join(kinds)
            span = self._add(element, "span", attributes)
            span.text = xml_safe(word)
            if number < len(line.words) - 1:
                span.tail = " "

    def _bbox(self, polygon: Polygon) -> str:
        left, top, width, height = box(polygon, self._photo)
        return f"bbox {left} {top} {left + width} {top + height}"

    def _poly(self, polygon: Polygon) -> str:
        return " ".join(f"{x} {y}" for x, y in clipped(polygon, self._photo))
