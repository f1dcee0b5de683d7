"""Where every published word comes from, as W3C PROV in JSON-LD.

photo -> sighting -> readings -> versions of the text: each is a `prov:Entity` that says what it
was derived from, which activity made it (a stage with its version and the digest of its options)
and who or what it is attributed to.

Source: https://www.w3.org/TR/prov-o/.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from boardscribe._version import __version__
from boardscribe.decisions import READERS_JOINED_BY
from boardscribe.export._view import as_utc, clean, sure_sightings, text_or_none
from boardscribe.records import Reading, Source, StageStamp, Transcription
from boardscribe.snapshot import NoteEntry, SightingEntry, Snapshot

__all__ = ["agents", "agents_of", "note_id", "photo_id", "write_provenance"]

CONTEXT = {
    "prov": "http://www.w3.org/ns/prov#",
    "schema": "http://schema.org/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "boardscribe": "urn:boardscribe:terms:",
}
"""Written into the file, so that no reader needs the network."""

_SOFTWARE = "#boardscribe"

Node = dict[str, Any]


def _name(kind: str, *parts: str) -> str:
    return "#" + kind + "-" + "/".join(quote(clean(part), safe="") for part in parts)


def photo_id(sha256: str) -> str:
    """Identifier of a photo: its digest."""
    return f"urn:sha256:{sha256}"


def note_id(name: str) -> str:
    """Identifier of a note."""
    return _name("note", name)


def agents_of(version: Transcription) -> dict[str, str]:
    """Name of each who decided a version, by identifier; several people are several agents."""
    if version.source is Source.MACHINE:
        return {_SOFTWARE: "boardscribe"}
    people = clean(version.decided_by).split(READERS_JOINED_BY)
    return {_name("agent", person): person for person in people}


def agents(snapshot: Snapshot) -> dict[str, str]:
    """Name of everyone who decided a version, by identifier; the software is not among them."""
    return {
        identifier: name
        for note in snapshot.counted()
        for version in note.history
        if version.source is not Source.MACHINE
        for identifier, name in agents_of(version).items()
    }


def write_provenance(snapshot: Snapshot, path: Path) -> int:
    """Write the PROV graph as JSON-LD, one node a line; returns the number of nodes."""
    count = 0
    with path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        file.write(f'{{"@context": {json.dumps(CONTEXT)},\n"@graph": [')
        for node in _nodes(snapshot):
            file.write(",\n" if count else "\n")
            file.write(json.dumps(node, ensure_ascii=False))
            count += 1
        file.write("\n]}\n")
    return count


def _ref(identifier: str) -> Node:
    return {"@id": identifier}


def _time(value: str) -> Node:
    return {"@value": as_utc(value), "@type": "xsd:dateTime"}


def _nodes(snapshot: Snapshot) -> Iterator[Node]:
    yield {
        "@id": _SOFTWARE,
        "@type": "prov:SoftwareAgent",
        "schema:name": "boardscribe",
        "schema:softwareVersion": __version__,
    }
    for identifier, name in sorted(agents(snapshot).items()):
        yield {"@id": identifier, "@type": ["prov:Agent", "prov:Person"], "schema:name": name}
    yield from _engines(snapshot)
    stages: dict[str, StageStamp] = {}
    for entry in snapshot.photos:
        for stamp in entry.stamps.values():
            stages[_stage(stamp)] = stamp
        yield {
            "@id": photo_id(entry.photo.sha256),
            "@type": "prov:Entity",
            "schema:name": clean(entry.photo.name),
            "schema:sha256": entry.photo.sha256,
        }
    for identifier, stamp in sorted(stages.items()):
        yield {
            "@id": identifier,
            "@type": "prov:Activity",
            "schema:name": stamp.stage,
            "schema:softwareVersion": stamp.version,
            "boardscribe:optionsDigest": stamp.digest,
            "prov:wasAssociatedWith": _ref(_SOFTWARE),
        }
    stamps = {entry.photo.sha256: entry.stamps for entry in snapshot.photos}
    for note in snapshot.counted():
        yield from _note(note)
        for sighting in sure_sightings(note):
            yield from _sighting(note, sighting, stamps[sighting.photo_sha256])


def _engines(snapshot: Snapshot) -> Iterator[Node]:
    names = {
        (reading.engine, reading.engine_version)
        for note in snapshot.counted()
        for sighting in sure_sightings(note)
        for reading in sighting.readings
    }
    for engine, version in sorted(names):
        yield {
            "@id": _name("engine", engine, version),
            "@type": "prov:SoftwareAgent",
            "schema:name": clean(engine),
            "schema:softwareVersion": clean(version),
        }


def _stage(stamp: StageStamp) -> str:
    return _name("stage", stamp.stage, stamp.version, stamp.digest)


def _made_by(stamps: Any, name: str) -> Node:
    return {"prov:wasGeneratedBy": _ref(_stage(stamps[name]))} if name in stamps else {}


def _sighting(note: NoteEntry, sighting: SightingEntry, stamps: Any) -> Iterator[Node]:
    identifier = _name("sighting", sighting.sighting_id)
    yield {
        "@id": identifier,
        "@type": "prov:Entity",
        "prov:wasDerivedFrom": _ref(photo_id(sighting.photo_sha256)),
        **_made_by(stamps, "segment"),
        "schema:about": _ref(note_id(note.note_id)),
    }
    for number, reading in enumerate(sighting.readings, start=1):
        yield {
            "@id": _name("reading", sighting.sighting_id, str(number)),
            "@type": "prov:Entity",
            "prov:wasDerivedFrom": _ref(identifier),
            "prov:wasAttributedTo": _ref(_name("engine", reading.engine, reading.engine_version)),
            **_made_by(stamps, "read"),
            **_said(reading),
        }


def _said(version: Transcription | Reading) -> Node:
    """A text with its legibility; no value at all, not an empty one, where there is no text."""
    found: Node = {
        "boardscribe:legibility": version.legibility.value,
        "boardscribe:confidence": version.confidence,
    }
    if (value := text_or_none(version)) is not None:
        found["prov:value"] = value
    return found


def _note(note: NoteEntry) -> Iterator[Node]:
    yield {
        "@id": note_id(note.note_id),
        "@type": "prov:Entity",
        "boardscribe:meaning": clean(note.meaning),
        "boardscribe:inForce": _ref(_version_id(note, note.transcription)),
    }
    seen = sure_sightings(note)
    for number, version in enumerate(note.history):
        node: Node = {
            "@id": _version_id(note, version),
            "@type": "prov:Entity",
            "prov:specializationOf": _ref(note_id(note.note_id)),
            "prov:wasAttributedTo": [_ref(one) for one in agents_of(version)],
            "prov:wasDerivedFrom": [
                _ref(_name("reading", sighting.sighting_id, "1"))
                if sighting.readings and version.source is Source.MACHINE
                else _ref(_name("sighting", sighting.sighting_id))
                for sighting in seen
            ],
            **_said(version),
            "boardscribe:reason": clean(version.reason),
        }
        if version.decided_at:
            node["prov:generatedAtTime"] = _time(version.decided_at)
        if number + 1 < len(note.history):
            node["prov:wasRevisionOf"] = _ref(_version_id(note, note.history[number + 1]))
        yield node


def _version_id(note: NoteEntry, version: Transcription) -> str:
    return _name("version", note.note_id, str(version.version))
