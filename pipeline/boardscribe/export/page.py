"""PAGE XML 2019, one file a photo: for eScriptorium, Transkribus, OCR-D and kraken.

A note is a `TextRegion`; its type, legibility and status are `UserAttribute`s of it. A note
without text has no `TextEquiv`: the attribute `legibility` says whether it is blank, illegible,
hidden, cut off or was not attempted. Former versions and the readings of engines follow the text
in force as further `TextEquiv`s with a higher `index`. `[illeg.]` and `[?word?]` stay in the text;
`custom` of the line says where they are, as `gap` and `unclear`, in the manner of Transkribus.

Source: http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15. PAGE knows whole,
not negative pixels only: points are rounded and clipped to the photo.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from boardscribe._version import __version__
from boardscribe.export._settings import ExportSettings
from boardscribe.export._view import (
    board_names,
    by_photo,
    clipped,
    data_time,
    lines_of,
    marks,
    outline_fact,
    said,
    short_ids,
    xml_id,
    xml_safe,
)
from boardscribe.export._write import component, marker, new_folder
from boardscribe.options import Options
from boardscribe.records import Photo, Polygon
from boardscribe.snapshot import NoteEntry, PhotoEntry, SightingEntry, Snapshot

__all__ = ["NAMESPACE", "write_page"]

NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


def write_page(
    snapshot: Snapshot,
    options: Options,  # noqa: ARG001 - every format has the same signature
    out: Path,
    *,
    settings: ExportSettings = ExportSettings(),  # noqa: B008 - frozen
) -> int:
    """Write a folder with one PAGE file a photo; returns the number of regions that are notes.

    Raises:
        InputError: `out` holds something else, or cannot be written.
        MissingComponentError: lxml is not installed.
    """
    etree = component("lxml.etree", kind="page")
    names = board_names(snapshot)
    ids = short_ids(snapshot)
    time = data_time(snapshot)
    shown = by_photo(snapshot)
    count = 0
    with new_folder(out, kind="page") as folder:
        for entry in snapshot.photos:
            notes = shown[entry.photo.sha256]
            page = _Page(etree, entry.photo)
            root = page.document(
                entry,
                notes,
                name=ids[entry.photo.sha256],
                board=names.get(entry.board_id, ""),
                time=time,
                comments=settings.redaction,
            )
            etree.ElementTree(root).write(
                str(folder / f"{ids[entry.photo.sha256]}.xml"),
                xml_declaration=True,
                encoding="UTF-8",
                pretty_print=True,
            )
            count += len(notes)
        marker(folder, kind="page", snapshot=snapshot, settings=settings)
    return count


class _Page:
    """Builds the elements of one photo."""

    def __init__(self, etree: Any, photo: Photo) -> None:
        self._etree = etree
        self._photo = photo

    def _add(self, parent: Any, tag: str, text: str | None = None, **attributes: str) -> Any:
        # Inside the package the attribute `kind` stands for `type`, a word Python reserves.
        fixed = {
            name.replace("kind", "type"): xml_safe(value) for name, value in attributes.items()
        }
        element = self._etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}", fixed)
        if text is not None:
            element.text = xml_safe(text)
        return element

    def document(
        self,
        entry: PhotoEntry,
        notes: list[tuple[NoteEntry, SightingEntry]],
        *,
        name: str,
        board: str,
        time: str,
        comments: str,
    ) -> Any:
        root = self._etree.Element(
            f"{{{NAMESPACE}}}PcGts",
            {
                f"{{{_XSI}}}schemaLocation": f"{NAMESPACE} {NAMESPACE}/pagecontent.xsd",
                "pcGtsId": name,
            },
            nsmap={None: NAMESPACE, "xsi": _XSI},
        )
        metadata = self._add(root, "Metadata")
        self._add(metadata, "Creator", f"boardscribe {__version__}")
        self._add(metadata, "Created", time)
        self._add(metadata, "LastChange", time)
        self._add(metadata, "Comments", comments)
        for _, stamp in sorted(entry.stamps.items()):
            self._add(
                metadata,
                "MetadataItem",
                kind="processingStep",
                name=stamp.stage,
                value=f"version {stamp.version}, options {stamp.digest}",
            )
        page = self._add(
            root,
            "Page",
            imageFilename=entry.photo.name,
            imageWidth=str(entry.photo.width),
            imageHeight=str(entry.photo.height),
        )
        regions = [
            *(xml_id("heading", str(number)) for number in range(len(entry.headings))),
            *(xml_id("note", sighting.sighting_id) for _, sighting in notes),
        ]
        if regions:
            order = self._add(self._add(page, "ReadingOrder"), "OrderedGroup", id="order")
            for index, region in enumerate(regions):
                self._add(order, "RegionRefIndexed", index=str(index), regionRef=region)
        facts = {"photo_sha256": entry.photo.sha256}
        if board:
            facts["board"] = board
        self._attributes(page, facts)
        for number, heading in enumerate(entry.headings):
            region = self._region(page, regions[number], heading.polygon, kind="heading")
            self._text(region, heading.text, conf=heading.confidence)
        for region_id, (note, sighting) in zip(regions[len(entry.headings) :], notes, strict=True):
            self._note(page, region_id, note, sighting)
        return root

    def _region(self, page: Any, region_id: str, polygon: Polygon, *, kind: str) -> Any:
        region = self._add(page, "TextRegion", id=region_id, kind=kind)
        self._coords(region, polygon)
        return region

    def _coords(self, parent: Any, polygon: Polygon) -> None:
        points = " ".join(f"{x},{y}" for x, y in clipped(polygon, self._photo))
        self._add(parent, "Coords", points=points)

    def _attributes(self, parent: Any, facts: dict[str, str]) -> None:
        holder = self._add(parent, "UserDefined")
        for name, value in facts.items():
            self._add(holder, "UserAttribute", name=name, kind="xsd:string", value=value)

    def _note(self, page: Any, region_id: str, note: NoteEntry, sighting: SightingEntry) -> None:
        current = note.transcription
        region = self._region(page, region_id, sighting.detection.polygon, kind="floating")
        self._attributes(
            region,
            {
                "note_id": note.note_id,
                "meaning": note.meaning,
                "shape": sighting.shape.shape.value,
                "colour": sighting.colour.name,
                "legibility": current.legibility.value,
                "confidence": repr(current.confidence),
                "status": note.status.value,
                "source": current.source.value,
                "decided_by": current.decided_by,
                "cut_off": str(sighting.detection.cut_off).lower(),
                "hidden": str(sighting.detection.hidden).lower(),
                **outline_fact(note),
            },
        )
        for number, line in enumerate(lines_of(note, sighting), start=1):
            name = f"{region_id}-line{number}"
            custom = " ".join(
                f"{kind} {{offset:{start}; length:{length};}}"
                for kind, start, length in marks(line.text)
            )
            attributes = {"custom": custom} if custom else {}
            element = self._add(region, "TextLine", id=name, **attributes)
            # A line without an outline of its own gets the note's: PAGE must have one.
            self._coords(element, line.polygon or sighting.detection.polygon)
            self._text(element, line.text)
        for index, (text, confidence, details) in enumerate(_texts(note, sighting)):
            self._text(region, text, conf=confidence, index=index, details=details)

    def _text(
        self,
        parent: Any,
        text: str,
        *,
        conf: float | None = None,
        index: int | None = None,
        details: str = "",
    ) -> None:
        attributes = {}
        if index is not None:
            attributes["index"] = str(index)
        if conf is not None:
            attributes["conf"] = repr(min(max(conf, 0.0), 1.0))
        if details:
            attributes |= {"dataType": "other", "dataTypeDetails": details}
        self._add(self._add(parent, "TextEquiv", **attributes), "Unicode", text)


def _texts(note: NoteEntry, sighting: SightingEntry) -> Iterator[tuple[str, float, str]]:
    """The text in force, former ones, then what engines read: text, confidence, from where."""
    for version in note.history:
        if said(version):
            yield (
                said(version),
                version.confidence,
                f"version {version.version}, {version.source.value}, {version.decided_by}",
            )
        elif version is note.transcription:
            # Nothing is in force: what was read or said before must not look as if it were.
            return
    for reading in sighting.readings:
        if said(reading):
            yield (
                said(reading),
                reading.confidence,
                f"reading, {reading.engine} {reading.engine_version}",
            )
