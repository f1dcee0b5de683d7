"""RO-Crate: opens with rocrate, everything described is there, provenance as PROV."""

from __future__ import annotations

import json

import pytest
import rdflib
from PIL import Image
from rocrate.rocrate import ROCrate
from support.snapshots import draw_pictures, hard_cases

from boardscribe.export import ro_crate
from boardscribe.export._settings import ExportSettings
from boardscribe.options import Options
from boardscribe.snapshot import Snapshot

OPTIONS = Options()
PROV = rdflib.Namespace("http://www.w3.org/ns/prov#")
TERMS = rdflib.Namespace("urn:boardscribe:terms:")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    path = tmp_path_factory.mktemp("workspace")
    draw_pictures(hard_cases(), path)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory, workspace):
    out = tmp_path_factory.mktemp("crate") / "crate"
    settings = ExportSettings(
        workspace=workspace, licence="https://creativecommons.org/licenses/by/4.0/"
    )
    assert ro_crate.write_ro_crate(hard_cases(), OPTIONS, out, settings=settings) == 11
    return out


@pytest.fixture(scope="module")
def graph(folder):
    found = rdflib.Graph()
    found.parse(folder / "provenance.jsonld", format="json-ld", publicID="https://crate.example/")
    return found


def test_rocrate_opens_it_and_every_part_is_there(folder):
    crate = ROCrate(folder)
    parts = {part.id for part in crate.root_dataset["hasPart"]}
    assert {"notes.csv", "provenance.jsonld", "crops/", "photos/"} <= parts
    assert all((folder / part).exists() for part in parts)
    assert crate.name == "Boards & <principles>"
    assert crate.root_dataset["datePublished"] == "2026-03-04T09:30:00+00:00"


def test_the_metadata_is_flat_and_every_link_leads_somewhere(folder):
    data = json.loads((folder / "ro-crate-metadata.json").read_text())
    assert data["@context"] == "https://w3id.org/ro/crate/1.1/context"
    known = {node["@id"] for node in data["@graph"]}
    for node in data["@graph"]:
        for name, value in node.items():
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, dict):
                    assert list(item) == ["@id"], f"{node['@id']} {name} is nested"
                    assert item["@id"] in known or item["@id"].startswith("http")
    about = next(node for node in data["@graph"] if node["@id"] == "ro-crate-metadata.json")
    assert about["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}


def version(name):
    return rdflib.URIRef(f"https://crate.example/#version-{name}")


def test_any_word_can_be_followed_back_to_its_photo(graph):
    """photo -> sighting -> reading -> machine's version -> person's version -> consensus."""
    note = rdflib.URIRef("https://crate.example/#note-n07")
    last = graph.value(note, TERMS.inForce)
    assert str(graph.value(last, PROV.value)) == "keep the old oak tree"
    former = graph.value(last, PROV.wasRevisionOf)
    first = graph.value(former, PROV.wasRevisionOf)
    assert (former, first) == (version("n07/2"), version("n07/1"))
    person = graph.value(former, PROV.wasAttributedTo)
    assert str(graph.value(person, rdflib.URIRef("http://schema.org/name"))) == "volunteer-3"
    reading = graph.value(first, PROV.wasDerivedFrom)
    sighting = graph.value(reading, PROV.wasDerivedFrom)
    photo = graph.value(sighting, PROV.wasDerivedFrom)
    assert str(photo) == f"urn:sha256:{hard_cases().notes[6].best.photo_sha256}"
    stage = graph.value(sighting, PROV.wasGeneratedBy)
    assert str(graph.value(stage, TERMS.optionsDigest)) == "aa11"


def test_a_text_that_is_absent_has_no_value_but_its_reason(graph):
    kinds = {}
    for number in (4, 5, 8, 10):
        last = graph.value(
            rdflib.URIRef(f"https://crate.example/#note-n{number:02}"), TERMS.inForce
        )
        assert graph.value(last, PROV.value) is None
        kinds[number] = str(graph.value(last, TERMS.legibility))
    assert kinds == {4: "blank", 5: "illegible", 8: "hidden", 10: "not_attempted"}


def test_doubtful_sightings_are_in_no_part(folder, graph):
    assert (rdflib.URIRef("https://crate.example/#sighting-s12"), None, None) not in graph
    assert "s12" not in (folder / "sightings.csv").read_text()
    assert len(list((folder / "crops").iterdir())) == 12


def test_no_picture_says_where_it_was_taken(folder):
    for path in folder.rglob("*.jpg"):
        with Image.open(path) as picture:
            assert not picture.getexif()


def test_an_empty_workspace_is_a_crate_too(tmp_path):
    ro_crate.write_ro_crate(Snapshot("", (), (), (), (), ()), OPTIONS, tmp_path / "empty")
    assert ROCrate(tmp_path / "empty").name == "Workshop boards"


def test_the_same_workspace_gives_the_same_bytes(folder, tmp_path, workspace):
    settings = ExportSettings(
        workspace=workspace, licence="https://creativecommons.org/licenses/by/4.0/"
    )
    ro_crate.write_ro_crate(hard_cases(), OPTIONS, tmp_path / "again", settings=settings)
    first, again = (
        {path.relative_to(top): path.read_bytes() for path in top.rglob("*") if path.is_file()}
        for top in (folder, tmp_path / "again")
    )
    assert first == again
