"""Texts from outside are shown as text, whatever they hold."""

from __future__ import annotations

import shutil

from playwright.sync_api import expect

from boardscribe.report._words import clean


def test_hostile_texts_are_shown_as_text_on_the_board(visit, site):
    _, snapshot = site("hostile")
    page = visit(site.board("hostile"))
    assert page.locator("h1 bdi").evaluate("e => e.textContent") == snapshot.boards[0].name
    assert page.locator(".home bdi").evaluate("e => e.textContent") == snapshot.title
    for note in snapshot.notes:
        shown = page.locator(f"#note-{note.note_id} .text").evaluate("e => e.textContent")
        assert shown == clean(note.transcription.text)
        page.evaluate("id => { location.hash = `note-${id}`; }", note.note_id)
        expect(page.locator(f".panel-body [data-note='{note.note_id}']")).to_be_visible()
        for place in (".reading", ".history .said", ".history .quiet bdi:last-child"):
            found = page.locator(f".panel-body {place}").first.evaluate("e => e.textContent")
            assert found == clean(note.transcription.text)
    # Nothing of it became an element or ran.
    assert page.locator("img[src='x'], bdi b, bdi script").count() == 0
    assert page.locator("script").count() == 2
    assert page.locator("[onerror]").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0


def test_hostile_failures_are_shown_as_text_on_the_overview(visit, site):
    _, snapshot = site("hostile")
    page = visit(site.index("hostile"))
    assert page.title() == snapshot.title
    names = page.locator(".failures .file bdi:first-child").evaluate_all(
        "es => es.map(e => e.textContent)"
    )
    assert sorted(names) == sorted(clean(failure.name) for failure in snapshot.failures)
    assert page.locator("script").count() == 2


def test_direction_overrides_do_not_leave_their_place(visit, site):
    page = visit(site.index("hostile"))
    item = page.locator(".failures li", has_text="gpj.exe")
    # The code after the name stands to its right: the override ends with its element.
    name, code = (
        item.locator(".file bdi").first.bounding_box(),
        item.locator(".code").bounding_box(),
    )
    assert code["x"] >= name["x"] + name["width"] - 1
    isolated = item.locator("bdi").first.evaluate("e => getComputedStyle(e).unicodeBidi")
    assert isolated in {"isolate", "isolate-override"}


def test_hostile_texts_widen_neither_page_nor_phone(visit, site):
    for address in (site.index("hostile"), site.board("hostile")):
        page = visit(address, size=(320, 640), phone=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_policy_stops_what_escaping_would_miss(site, browser):
    context = browser.new_context()
    page = context.new_page()
    refused = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(site.board("hostile"))
    page.evaluate(
        """() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';
        document.body.append(s);
        const i = document.createElement('img'); i.setAttribute('onerror', 'window.ran = 1');
        i.src = 'https://example.invalid/x.png'; document.body.append(i); }"""
    )
    page.wait_for_timeout(200)
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in text for text in refused)
    context.close()


def test_a_copied_report_works_without_its_workspace(visit, site, tmp_path):
    folder, _snapshot = site("workshop")
    copied = tmp_path / "sent by mail #1"
    shutil.copytree(folder, copied)
    page = visit((copied / "index.html").as_uri())
    image = page.locator(".card img").first
    assert image.evaluate("e => e.decode().then(() => e.naturalWidth)") > 100
    page.locator(".card a").first.click()
    page.locator(".row").first.click()
    crop = page.locator(".panel-body .crop img")
    assert crop.evaluate("e => e.decode().then(() => e.naturalWidth)") > 20
    assert str(folder.parent) not in (copied / "index.html").read_text(encoding="utf-8")
