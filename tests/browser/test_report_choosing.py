"""Choosing a note shows that note: by mouse, by keyboard, by touch, by address."""

from __future__ import annotations

import re

from playwright.sync_api import expect


def _note(snapshot, text):
    return next(note for note in snapshot.notes if note.transcription.text == text)


def _crop(note):
    return re.compile(rf"images/note-{note.best.sighting_id}\.jpg$")


def _shows(page, note):
    body = page.locator(".panel-body")
    assert body.locator(".reading").evaluate("e => e.textContent") == (
        note.transcription.text or "[no text]"
    )
    expect(body.locator(".crop img")).to_have_attribute("src", _crop(note))
    assert body.locator(".crop img").evaluate("e => e.decode().then(() => e.naturalWidth)") > 20


def test_a_click_on_the_outline_shows_crop_text_and_everything_known(visit, site):
    _, snapshot = site("workshop")
    note = _note(snapshot, "pay for travel\nand childcare")
    page = visit(site.board("workshop"))
    page.locator(f".photo:not([hidden]) .outline[data-note='{note.note_id}'] .halo").click()
    _shows(page, note)
    body = page.locator(".panel-body")
    expect(body.locator("h3")).to_have_text("amend")
    expect(body).to_contain_text("Reviewed")
    expect(body.locator(".history li")).to_have_count(2)
    expect(body.locator(".history li").first).to_contain_text("M. Okoro, 2026-03-09 14:02 UTC")
    expect(body.locator(".history li").first).to_contain_text("Read from the original")
    expect(body).to_contain_text("rapidocr")
    expect(page.locator(f".outline.on[data-note='{note.note_id}']").first).to_be_visible()
    assert page.url.endswith(f"#note-{note.note_id}")


def test_machine_readings_show_confidence_in_words_number_and_bar_with_unsure_words(visit, site):
    _, snapshot = site("workshop")
    note = _note(snapshot, "Rotas help, but only\nif people [illeg.] them")
    page = visit(site.board("workshop") + f"#note-{note.note_id}")
    body = page.locator(".panel-body")
    expect(body.locator(".confidence")).to_contain_text("Very unsure")
    expect(body.locator(".confidence .number")).to_have_text("41\xa0%")
    expect(body.locator(".confidence .meter .value")).to_have_attribute("width", "41.0%")
    expect(body.locator(".reading .illeg")).to_have_text("[illeg.]")
    assert body.locator(".reading .very-unsure").count() > 0
    expect(body).to_contain_text("Partly readable")
    expect(body.get_by_text("Could also be")).to_be_visible()


def test_flags_of_cut_off_and_hidden_notes_are_said(visit, site):
    _, snapshot = site("workshop")
    hidden = next(note for note in snapshot.notes if note.best.detection.hidden)
    page = visit(site.board("workshop") + f"#note-{hidden.note_id}")
    expect(page.locator(".panel-body .flag")).to_have_text("partly hidden")
    expect(page.locator(".panel-body .reading")).to_have_text("[hidden]")


def test_the_keyboard_alone_goes_through_the_notes_and_back_to_the_list(visit, site):
    _, snapshot = site("workshop")
    page = visit(site.board("workshop"))
    first = page.locator(".note .row").first
    first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_be_visible()
    expect(page.locator(".position")).to_have_text("1 of 15")
    seen = {page.url}
    for key in ("j", "ArrowRight", "j", "ArrowRight"):
        page.keyboard.press(key)
        seen.add(page.url)
    assert len(seen) == 5
    expect(page.locator(".position")).to_have_text("5 of 15")
    page.keyboard.press("k")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".position")).to_have_text("3 of 15")
    chosen = page.url.split("#note-")[1]
    _shows(page, next(note for note in snapshot.notes if note.note_id == chosen))
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    assert page.evaluate("document.activeElement.parentElement.dataset.note") == chosen


def test_tab_alone_reaches_search_filters_and_notes_with_a_visible_focus(visit, site):
    page = visit(site.board("workshop", 1))
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                """() => { const e = document.activeElement, s = getComputedStyle(e);
                return [e.matches('.skip,#search,[data-filter],a.row,.viewport,[data-zoom]')
                    ? (e.className || e.id || e.type) : '',
                    s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2,
                    e === document.body]; }"""
            )
        )
    kinds = {kind.split()[0] for kind, _, _ in reached if kind}
    assert {"skip", "viewport", "search", "scripted", "row"} <= kinds
    assert all(visible for _, visible, body in reached if not body)


def test_up_and_down_move_in_the_list(visit, site):
    page = visit(site.board("workshop"))
    rows = page.locator(".note .row")
    rows.nth(0).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert rows.nth(1).evaluate("e => e === document.activeElement")


def test_single_key_shortcuts_can_be_turned_off(visit, site):
    page = visit(site.board("workshop"))
    page.locator(".help summary").click()
    page.locator("[data-shortcuts]").uncheck()
    page.keyboard.press("j")
    expect(page.locator("#panel")).to_be_hidden()


def test_a_deep_link_opens_its_note_and_an_unknown_one_opens_the_list(visit, site):
    _, snapshot = site("workshop")
    note = _note(snapshot, "yes!")
    page = visit(site.board("workshop") + f"#note-{note.note_id}")
    _shows(page, note)
    page = visit(site.board("workshop") + "#note-%3Cimg%20src=x%3E")
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator(".list")).to_be_visible()


def test_the_board_stays_named_and_long_details_scroll_beside_the_photograph(visit, site):
    page = visit(site.board("workshop"), size=(1440, 600))
    page.locator(".note .row").nth(4).click()
    expect(page.locator("h1")).to_be_visible()
    page.mouse.move(1200, 400)
    page.mouse.wheel(0, 5000)
    expect(page.locator(".panel-body .sightings")).to_be_in_viewport()
    expect(page.locator(".photo:not([hidden]) .viewport")).to_be_in_viewport(ratio=0.9)
    expect(page.locator("[data-go=on]")).to_be_in_viewport()
    page.keyboard.press("j")
    expect(page.locator(".panel-body .crop img")).to_be_in_viewport()


def test_back_returns_to_the_list(visit, site):
    page = visit(site.board("workshop"))
    page.locator(".note .row").nth(4).click()
    page.keyboard.press("j")
    expect(page.locator("#panel")).to_be_visible()
    page.go_back()
    expect(page.locator("#panel")).to_be_hidden()


def test_another_sighting_shows_the_other_photograph(visit, site):
    _, snapshot = site("workshop")
    note = snapshot.notes[0]
    assert len(note.sightings) == 2
    page = visit(site.board("workshop") + f"#note-{note.note_id}")
    other = note.sightings[1].photo_sha256[:24]
    page.locator(".panel-body .sightings a").nth(1).click()
    expect(page.locator(f"#photo-{other}")).to_be_visible()
    expect(page.locator(".photo:visible")).to_have_count(1)
    expect(page.locator(f"#photo-{other} .outline.on")).to_have_count(1)
    expect(page.locator("#panel")).to_be_visible()


def test_doubtful_outlines_show_only_when_asked_for(visit, site):
    page = visit(site.board("workshop"))
    doubtful = page.locator(".photo:not([hidden]) .outline.doubtful")
    expect(doubtful).to_have_count(1)
    expect(doubtful).to_be_hidden()
    page.locator("[data-show=doubtful]").check()
    expect(doubtful).to_be_visible()
    expect(page.locator("h1 .count")).to_have_text("(15)")


def test_a_tap_on_a_phone_shows_the_note_beside_the_photograph(visit, site):
    _, snapshot = site("workshop")
    page = visit(site.board("workshop"), size=(390, 844), phone=True)
    note = snapshot.notes[0]
    page.locator(f".photo:not([hidden]) .outline[data-note='{note.note_id}'] .halo").tap()
    _shows(page, note)
    expect(page.locator(".panel-body .reading")).to_be_in_viewport()
    expect(page.locator(f".outline.on[data-note='{note.note_id}']").first).to_be_in_viewport()
