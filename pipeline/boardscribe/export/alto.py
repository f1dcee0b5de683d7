"""ALTO XML 4.2, one file a photo: for library systems, METS packages and viewers with search.

A note is a `TextBlock`; its type, legibility, status, shape and colour are tags that the block
refers to. A note without text is a block without lines: its tag says whether it is blank,
illegible, hidden, cut off or was not attempted. Words that are `[illeg.]` or `[?unsure?]` refer to
the tags `gap` and `unclear`. ALTO has no element for former versions: a text that was ever replaced
has a tag `history`, whose `XmlData` lists all versions as a TEI `listChange`.

Source: https://www.loc.gov/standards/alto/ (version 4.2).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from boardscribe._version import __version__
from boardscribe.export._settings import ExportSettings
from boardscribe.export._view import (
    GAP,
    TextLine,
    as_utc,
    board_names,
    box,
    by_photo,
    data_time,
    history_of,
    lines_of,
    marks,
    outline_fact,
    pixels,
    short_ids,
    xml_id,
    xml_safe,
)
from boardscribe.export._write import component, marker, new_folder
from boardscribe.options import Options
from boardscribe.records import Photo, Polygon, Source
from boardscribe.snapshot import NoteEntry, PhotoEntry, SightingEntry, Snapshot

__all__ = ["NAMESPACE", "write_alto"]

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-2.xsd"
_TEI = "http://www.tei-c.org/ns/1.0"


def write_alto(
    snapshot: Snapshot,
    options: Options,  # noqa: ARG001 - every format has the same signature
    out: Path,
    *,
    settings: ExportSettings = ExportSettings(),  # noqa: B008 - frozen
) -> int:
    """Write a folder with one ALTO file a photo; returns the number of blocks that are notes.

    Raises:
        InputError: `out` holds something else, or cannot be written.
        MissingComponentError: lxml is not installed.
    """
    etree = component("lxml.etree", kind="alto")
    names = board_names(snapshot)
    ids = short_ids(snapshot)
    shown = by_photo(snapshot)
    time = data_time(snapshot)
    count = 0
    with new_folder(out, kind="alto") as folder:
        for number, entry in enumerate(snapshot.photos, start=1):
            notes = shown[entry.photo.sha256]
            document = _Alto(etree, entry.photo).document(
                entry,
                notes,
                number=number,
                board=names.get(entry.board_id, ""),
                time=time,
                privacy=settings.redaction,
            )
            etree.ElementTree(document).write(
                str(folder / f"{ids[entry.photo.sha256]}.xml"),
                xml_declaration=True,
                encoding="UTF-8",
                pretty_print=True,
            )
            count += len(notes)
        marker(folder, kind="alto", snapshot=snapshot, settings=settings)
    return count


class _Alto:
    """Builds the elements of one photo."""

    def __init__(self, etree: Any, photo: Photo) -> None:
        self._etree = etree
        self._photo = photo
        self._tags: dict[tuple[str, str], str] = {}
        self._histories: dict[str, list[dict[str, object]]] = {}

    def _add(self, parent: Any, tag: str, text: str | None = None, **attributes: str) -> Any:
        fixed = {name: xml_safe(value) for name, value in attributes.items()}
        element = self._etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}", fixed)
        if text is not None:
            element.text = xml_safe(text)
        return element

    def document(
        self,
        entry: PhotoEntry,
        notes: list[tuple[NoteEntry, SightingEntry]],
        *,
        number: int,
        board: str,
        time: str,
        privacy: str,
    ) -> Any:
        root = self._etree.Element(
            f"{{{NAMESPACE}}}alto",
            {f"{{{_XSI}}}schemaLocation": f"{NAMESPACE} {_SCHEMA}", "SCHEMAVERSION": "4.2"},
            nsmap={None: NAMESPACE, "xsi": _XSI},
        )
        self._description(root, entry, time=time, privacy=privacy)
        tags = self._add(root, "Tags")
        self._add(tags, "OtherTag", ID="gap", TYPE="gap", LABEL=GAP, DESCRIPTION="a word not read")
        self._add(
            tags,
            "OtherTag",
            ID="unclear",
            TYPE="unclear",
            LABEL="[?word?]",
            DESCRIPTION="a word read without being sure",
        )
        page = self._add(
            self._add(root, "Layout"),
            "Page",
            ID="page",
            PHYSICAL_IMG_NR=str(number),
            WIDTH=str(entry.photo.width),
            HEIGHT=str(entry.photo.height),
        )
        space = self._add(page, "PrintSpace", ID="space", **self._place(_frame(entry.photo)))
        for index, heading in enumerate(entry.headings):
            block = self._block(
                space, xml_id("heading", str(index)), heading.polygon, {"role": "heading"}
            )
            words = tuple((word, heading.confidence) for word in heading.text.split())
            if words:
                self._line(block, TextLine(words, heading.polygon), checked=False)
        for note, sighting in notes:
            self._note(space, note, sighting, board=board)
        for (kind, label), tag in self._tags.items():
            element = self._add(tags, "OtherTag", ID=tag, TYPE=kind, LABEL=label)
            if kind == "history":
                self._history(element, self._histories[label])
        return root

    def _description(self, root: Any, entry: PhotoEntry, *, time: str, privacy: str) -> None:
        description = self._add(root, "Description")
        self._add(description, "MeasurementUnit", "pixel")
        image = self._add(description, "sourceImageInformation")
        self._add(image, "fileName", entry.photo.name)
        self._add(image, "fileIdentifier", f"sha256:{entry.photo.sha256}")
        steps = [
            (f"stage-{number}", stamp.stage, f"version {stamp.version}, options {stamp.digest}")
            for number, (_, stamp) in enumerate(sorted(entry.stamps.items()))
        ]
        for step, name, settings in [*steps, ("export", "export", privacy)]:
            processing = self._add(description, "Processing", ID=step)
            self._add(processing, "processingDateTime", as_utc(time))
            self._add(processing, "processingStepDescription", name)
            self._add(processing, "processingStepSettings", settings)
            software = self._add(processing, "processingSoftware")
            self._add(software, "softwareName", "boardscribe")
            self._add(software, "softwareVersion", __version__)

    def _note(self, space: Any, note: NoteEntry, sighting: SightingEntry, *, board: str) -> None:
        current = note.transcription
        facts = {
            "note": note.note_id,
            "board": board,
            "meaning": note.meaning,
            "shape": sighting.shape.shape.value,
            "colour": sighting.colour.name,
            "legibility": current.legibility.value,
            "status": note.status.value,
            "source": current.source.value,
        }
        if sighting.detection.cut_off:
            facts["outline"] = "cut_off"
        elif sighting.detection.hidden:
            facts["outline"] = "hidden"
        if versions := history_of(note):
            facts["history"] = note.note_id
            self._histories[note.note_id] = versions
        facts |= outline_fact(note)
        block = self._block(
            space, xml_id("note", sighting.sighting_id), sighting.detection.polygon, facts
        )
        for line in lines_of(note, sighting):
            self._line(block, line, checked=current.source is not Source.MACHINE)

    def _history(self, tag: Any, versions: list[dict[str, object]]) -> None:
        data = self._add(tag, "XmlData")
        changes = self._etree.SubElement(data, f"{{{_TEI}}}listChange", nsmap={None: _TEI})
        for version in versions:
            facts = {
                "n": str(version["version"]),
                "who": f"#{xml_id('resp', str(version['decided_by']))}",
                "ana": f"#legibility-{version['legibility']}",
            }
            if version["decided_at"]:
                facts["when"] = as_utc(str(version["decided_at"]))
            change = self._etree.SubElement(changes, f"{{{_TEI}}}change", facts)
            change.text = xml_safe(str(version["text"] or "")) or None

    def _block(self, space: Any, block_id: str, polygon: Polygon, facts: dict[str, str]) -> Any:
        tags = [self._tag(kind, label) for kind, label in facts.items() if label]
        block = self._add(
            space, "TextBlock", ID=block_id, TAGREFS=" ".join(tags), **self._place(polygon)
        )
        self._shape(block, polygon)
        return block

    def _tag(self, kind: str, label: str) -> str:
        return self._tags.setdefault((kind, label), xml_id(f"tag-{kind}", label))

    def _line(self, block: Any, line: TextLine, *, checked: bool) -> None:
        place = self._place(line.polygon) if line.polygon else {}
        element = self._add(block, "TextLine", CS=str(checked).lower(), **place)
        if line.polygon:
            self._shape(element, line.polygon)
        for number, (word, confidence) in enumerate(line.words):
            if number:
                self._add(element, "SP")
            attributes = {"CONTENT": word}
            if confidence is not None:
                attributes["WC"] = f"{min(max(confidence, 0.0), 1.0):.4f}"
            if kinds := dict.fromkeys(kind for kind, _, _ in marks(word)):
                attributes["TAGREFS"] = " ".join(kinds)
            self._add(element, "String", **attributes)

    def _shape(self, parent: Any, polygon: Polygon) -> None:
        points = " ".join(f"{pixels(x)},{pixels(y)}" for x, y in polygon)
        self._add(self._add(parent, "Shape"), "Polygon", POINTS=points)

    def _place(self, polygon: Polygon) -> dict[str, str]:
        left, top, width, height = box(polygon, self._photo)
        return {
            "HPOS": str(left),
            "VPOS": str(top),
            "WIDTH": str(width),
            "HEIGHT": str(height),
        }


def _frame(photo: Photo) -> Polygon:
    return ((0.0, 0.0), (photo.width, 0.0), (photo.width, photo.height), (0.0, photo.height))
