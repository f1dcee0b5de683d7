"""TEI P5, one file: for editions, and for text analysis that knows what a gap is.

The facsimile has a `zone` for each sighting. The text has a division a board, a list a response
type and an item a note. In an item `gap` stands for what could not be read, `unclear` for words
a machine is not sure of, `supplied` for words that a person put where a former version had a
gap, `space` for a note without writing. Every version of every text is a `change` in `standOff`.

Source: https://tei-c.org/release/doc/tei-p5-doc/en/html/ (valid by `tei_all`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from boardscribe._version import __version__
from boardscribe.export._output import output
from boardscribe.export._settings import ExportSettings
from boardscribe.export._view import (
    Piece,
    as_utc,
    board_names,
    by_photo,
    clean,
    data_time,
    lines_of,
    outline_fact,
    pieces,
    pixels,
    said,
    short_ids,
    sure_sightings,
    xml_id,
    xml_safe,
)
from boardscribe.export._write import component
from boardscribe.options import Options
from boardscribe.records import Legibility, Source, Transcription
from boardscribe.snapshot import NoteEntry, PhotoEntry, Snapshot

__all__ = ["NAMESPACE", "write_tei"]

NAMESPACE = "http://www.tei-c.org/ns/1.0"
_ID = "{http://www.w3.org/XML/1998/namespace}id"

_UNCLEAR = ((0.5, "low"), (0.8, "medium"))
"""A machine's word below this probability is `unclear`, with this certainty."""

_ABSENT = {
    Legibility.ILLEGIBLE: "illegible",
    Legibility.HIDDEN: "hidden",
    Legibility.CUT_OFF: "cut_off",
    Legibility.NOT_ATTEMPTED: "not_attempted",
}
"""Reason of the `gap` that stands for a whole text, or follows the part that can be read."""

_EXPLAINED = (
    "gap: not read, with the reason illegible, hidden (by another note), cut_off (by the edge of "
    "the photo) or not_attempted; space: a note without writing; unclear: a word that the machine "
    "is not sure of (cert low: probability below 0.5, medium: below 0.8), or, without cert, that "
    "people are not sure of; supplied: a word that a "
    "person put where a former version had a gap; certainty: probability that the whole text is "
    "exactly right. Points of zones are pixels of the upright full-size photo."
)


def write_tei(
    snapshot: Snapshot,
    options: Options,
    out: Path,
    *,
    settings: ExportSettings = ExportSettings(),  # noqa: B008 - frozen
) -> int:
    """Write the TEI file `out`; returns the number of items, one a note.

    Raises:
        InputError: `out` cannot be written.
        MissingComponentError: lxml is not installed.
    """
    etree = component("lxml.etree", kind="tei")
    tei = _Tei(etree, snapshot, options)
    with output(out) as path, etree.xmlfile(str(path), encoding="UTF-8") as file:
        file.write_declaration()
        with file.element(f"{{{NAMESPACE}}}TEI", nsmap={None: NAMESPACE}):
            _write(file, tei.header(settings))
            if snapshot.photos:
                _within(file, "facsimile", tei.surfaces())
            if any(snapshot.counted()):
                with file.element(f"{{{NAMESPACE}}}standOff"):
                    _within(file, "listChange", tei.changes())
            with file.element(f"{{{NAMESPACE}}}text"):
                _within(file, "body", tei.divisions())
    return sum(1 for _ in snapshot.counted())


def _within(file: Any, tag: str, elements: Iterator[Any]) -> None:
    """Write elements one by one: a document of any size needs the memory of its largest part."""
    with file.element(f"{{{NAMESPACE}}}{tag}"):
        file.write("\n")
        for element in elements:
            _write(file, element)
    file.write("\n")


def _write(file: Any, element: Any) -> None:
    file.write(element, with_tail=False)
    file.write("\n")


class _Tei:
    """Builds the parts of the document."""

    def __init__(self, etree: Any, snapshot: Snapshot, options: Options) -> None:
        self._etree = etree
        self._snapshot = snapshot
        self._ids = short_ids(snapshot)
        self._people = _people(snapshot)
        self._meanings = _meanings(snapshot, options)
        self._shown = by_photo(snapshot)

    def _new(self, tag: str, text: str | None = None, **attributes: str) -> Any:
        element = self._etree.Element(f"{{{NAMESPACE}}}{tag}", nsmap={None: NAMESPACE})
        return self._fill(element, text, attributes)

    def _add(self, parent: Any, tag: str, text: str | None = None, **attributes: str) -> Any:
        element = self._etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}")
        return self._fill(element, text, attributes)

    def _fill(self, element: Any, text: str | None, attributes: Mapping[str, str]) -> Any:
        for name, value in attributes.items():
            element.set(_ID if name == "id" else name, xml_safe(value))
        if text is not None:
            element.text = xml_safe(text)
        return element

    def header(self, settings: ExportSettings) -> Any:
        header = self._new("teiHeader")
        file = self._add(header, "fileDesc")
        title = self._add(file, "titleStmt")
        self._add(title, "title", clean(self._snapshot.title))
        for name, person in self._people.items():
            statement = self._add(title, "respStmt", id=person)
            self._add(statement, "resp", "transcription")
            self._add(statement, "name", name)
        publication = self._add(file, "publicationStmt")
        self._add(publication, "publisher", settings.creator or "not stated")
        availability = self._add(publication, "availability")
        self._add(availability, "p", settings.licence or "No licence is stated.")
        time = data_time(self._snapshot)
        self._add(publication, "date", time[:10], when=time)
        source = self._add(file, "sourceDesc")
        self._add(source, "p", settings.description or "Photographs of workshop boards.")
        encoding = self._add(header, "encodingDesc")
        info = self._add(encoding, "appInfo")
        application = self._add(info, "application", ident="boardscribe", version=__version__)
        self._add(application, "label", "boardscribe")
        editorial = self._add(encoding, "editorialDecl")
        self._add(editorial, "p", _EXPLAINED)
        self._add(editorial, "p", f"Privacy: {settings.redaction}.")
        classes = self._add(encoding, "classDecl")
        self._taxonomy(classes, "meaning", self._meanings)
        self._taxonomy(classes, "legibility", [value.value for value in Legibility])
        notes = list(self._snapshot.counted())
        self._taxonomy(classes, "shape", sorted({note.best.shape.shape.value for note in notes}))
        self._taxonomy(classes, "status", sorted({note.status.value for note in notes}))
        self._taxonomy(classes, "outline", sorted({note.outline for note in notes} - {"good"}))
        return header

    def _taxonomy(self, classes: Any, kind: str, values: list[str]) -> None:
        if not values:
            return
        taxonomy = self._add(classes, "taxonomy", id=kind)
        for value in values:
            category = self._add(taxonomy, "category", id=xml_id(kind, value))
            self._add(category, "catDesc", value)

    def surfaces(self) -> Iterator[Any]:
        for entry in self._snapshot.photos:
            photo = entry.photo
            surface = self._new(
                "surface",
                id=self._ids[photo.sha256],
                n=photo.sha256,
                ulx="0",
                uly="0",
                lrx=str(photo.width),
                lry=str(photo.height),
            )
            self._add(surface, "graphic", url=quote(clean(photo.name)))
            self._zones(surface, entry)
            yield surface

    def _zones(self, surface: Any, entry: PhotoEntry) -> None:
        for number, heading in enumerate(entry.headings):
            self._add(
                surface,
                "zone",
                id=f"{self._ids[entry.photo.sha256]}-heading-{number}",
                type="heading",
                points=_points(heading.polygon),
            )
        for _, sighting in self._shown[entry.photo.sha256]:
            self._add(
                surface,
                "zone",
                id=xml_id("zone", sighting.sighting_id),
                type="note",
                points=_points(sighting.detection.polygon),
            )

    def changes(self) -> Iterator[Any]:
        for note in self._snapshot.counted():
            for version in note.history:
                change = self._new(
                    "change",
                    n=str(version.version),
                    target=f"#{xml_id('note', note.note_id)}",
                    who=f"#{self._people[version.decided_by]}",
                    ana=f"#{xml_id('legibility', version.legibility.value)}",
                )
                if version.decided_at:
                    change.set("when", as_utc(version.decided_at))
                for number, line in enumerate(said(version).split("\n")):
                    if number:
                        self._add(change, "lb")
                    self._pieces(change, pieces(line))
                self._absence(change, version)
                yield change

    def divisions(self) -> Iterator[Any]:
        names = board_names(self._snapshot)
        grouped: dict[str | None, dict[str, list[NoteEntry]]] = {
            board.board_id: {} for board in self._snapshot.boards
        }
        for note in self._snapshot.counted():
            grouped.setdefault(note.board_id, {}).setdefault(note.meaning, []).append(note)
        for board, meanings in grouped.items():
            known = board in names
            division = self._new("div", type="board" if known else "no_board")
            if known and board is not None:
                division.set(_ID, xml_id("board", board))
            self._add(division, "head", clean(names[board]) if known else "No board known")
            for meaning in sorted(meanings, key=self._meanings.index):
                group = self._add(
                    division, "list", type="notes", ana=f"#{xml_id('meaning', meaning)}"
                )
                self._add(group, "head", meaning)
                for note in meanings[meaning]:
                    self._item(group, note)
            if not meanings:
                self._add(division, "p", "No notes.")
            yield division
        if not grouped:
            yield self._new("p", "No notes.")

    def _item(self, group: Any, note: NoteEntry) -> None:
        current = note.transcription
        seen = sure_sightings(note)
        item = self._add(
            group,
            "item",
            id=xml_id("note", note.note_id),
            facs=" ".join(f"#{xml_id('zone', sighting.sighting_id)}" for sighting in seen),
            ana=" ".join(
                f"#{xml_id(kind, value)}"
                for kind, value in (
                    ("meaning", note.meaning),
                    ("legibility", current.legibility.value),
                    ("shape", seen[0].shape.shape.value),
                    ("status", note.status.value),
                    *outline_fact(note).items(),
                )
            ),
            resp=f"#{self._people[current.decided_by]}",
        )
        supplied = _supplied(note.history)
        for number, line in enumerate(lines_of(note, seen[0])):
            if number:
                self._add(item, "lb")
            for index, (word, confidence) in enumerate(line.words):
                if index:
                    _append(item, " ")
                self._word(item, word, confidence, supplied=(number, index) in supplied)
        self._absence(item, current)
        self._add(item, "certainty", locus="value", degree=f"{current.confidence:.4f}")

    def _word(self, parent: Any, word: str, confidence: float | None, *, supplied: bool) -> None:
        cut = pieces(word)
        cert = next(
            (cert for limit, cert in _UNCLEAR if confidence is not None and confidence < limit), ""
        )
        if any(piece.kind for piece in cut):
            self._pieces(parent, cut)
        elif supplied:
            self._add(parent, "supplied", word, reason="illegible")
        elif cert:
            self._add(parent, "unclear", word, cert=cert)
        else:
            self._pieces(parent, cut)

    def _pieces(self, parent: Any, cut: list[Piece]) -> None:
        for piece in cut:
            if piece.kind == "gap":
                self._add(parent, "gap", reason="illegible", extent="unknown")
            elif piece.kind == "unclear":
                self._add(parent, "unclear", piece.text)
            else:
                _append(parent, xml_safe(piece.text))

    def _absence(self, parent: Any, version: Transcription) -> None:
        if version.legibility is Legibility.BLANK:
            self._add(parent, "space", unit="note", quantity="1")
        elif reason := _ABSENT.get(version.legibility):
            self._add(parent, "gap", reason=reason, extent="rest" if said(version) else "whole")


def _append(parent: Any, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def _points(polygon: tuple[tuple[float, float], ...]) -> str:
    return " ".join(f"{pixels(x)},{pixels(y)}" for x, y in polygon)


def _people(snapshot: Snapshot) -> dict[str, str]:
    """Identifier of everyone and everything that decided a text."""
    names = {version.decided_by for note in snapshot.counted() for version in note.history}
    return {name: f"resp-{number}" for number, name in enumerate(sorted(names), start=1)}


def _meanings(snapshot: Snapshot, options: Options) -> list[str]:
    """Response types: those of the legend in its order, then any others."""
    used = {note.meaning for note in snapshot.counted()}
    legend = list(dict.fromkeys(entry.meaning for entry in options.legend))
    return legend + sorted(used - set(legend))


def _supplied(history: tuple[Transcription, ...]) -> set[tuple[int, int]]:
    """Line and word of what a person put where the newest version with a gap had one.

    Only where the rest of that version stands unchanged: otherwise nobody can say which words
    fill the gap.
    """
    current = history[0]
    if current.source is Source.MACHINE:
        return set()
    for former in history[1:]:
        cut = pieces(" ".join(former.text.split()))
        if all(piece.kind != "gap" for piece in cut):
            continue
        pattern = "".join(
            "(.+?)" if piece.kind == "gap" else re.escape(piece.text) for piece in cut
        )
        words = [
            (row, column, word)
            for row, line in enumerate(
                line for line in clean(current.text).split("\n") if line.strip()
            )
            for column, word in enumerate(line.split())
        ]
        match = re.fullmatch(pattern, " ".join(word for _, _, word in words))
        if match is None:
            return set()
        filled = [match.span(number) for number in range(1, match.re.groups + 1)]
        found, at = set(), 0
        for row, column, word in words:
            if any(start < at + len(word) and at < end for start, end in filled):
                found.add((row, column))
            at += len(word) + 1
        return found
    return set()
