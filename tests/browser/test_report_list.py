"""The notes under their heading: as in a published record, searchable, readable without script."""

from __future__ import annotations

from playwright.sync_api import expect


def test_notes_stand_by_response_type_under_heading_and_count(visit, site):
    page = visit(site.board("workshop"))
    assert page.locator("h1").inner_text() == "Share the work (15)"
    headings = page.locator(".group:visible h2").all_inner_texts()
    assert [" ".join(heading.split()) for heading in headings] == [
        "Agree 4",
        "Important 3",
        "Amend 3",
        "Challenge 5",
    ]
    expect(page.locator(".blanks > p")).to_have_text("[no text] × 3")
    assert page.locator(".text", has_text="[illegible]").count() == 1
    assert page.locator(".text", has_text="[illeg.]").count() == 1


def test_search_and_filters_narrow_the_list_and_the_photograph(visit, site):
    page = visit(site.board("workshop"))
    page.locator("#search").fill("CREDIT")
    expect(page.locator(".note:visible")).to_have_count(1)
    expect(page.locator(".found span")).to_have_text("1 of 15 notes")
    expect(page.locator(".photo:not([hidden]) .outline:visible")).to_have_count(1)
    page.locator("[data-clear]").click()
    expect(page.locator(".found span")).to_have_text("")
    page.locator("[data-filter=status][value=review]").check()
    expect(page.locator(".found span")).to_have_text("6 of 15 notes")
    page.locator("[data-filter=type][value=challenge]").check()
    expect(page.locator(".found span")).to_have_text("3 of 15 notes")
    page.keyboard.press("j")
    expect(page.locator(".position")).to_have_text("1 of 3")
    expect(page.locator(".photo:not([hidden]) .outline:visible")).to_have_count(3)


def test_nothing_found_is_said(visit, site):
    page = visit(site.board("workshop"))
    page.locator("#search").fill("zebra")
    expect(page.locator(".found span")).to_have_text("0 of 15 notes")
    page.keyboard.press("Escape")
    expect(page.locator("#search")).to_have_value("")


def test_the_overview_links_to_what_waits_for_review(visit, site):
    page = visit(site.index("workshop"))
    page.get_by_role("link", name="6 to review").click()
    expect(page.locator("[data-filter=status][value=review]")).to_be_checked()
    expect(page.locator(".found span")).to_have_text("6 of 15 notes")


def test_without_script_everything_can_be_read(visit, site):
    _, snapshot = site("workshop")
    page = visit(site.board("workshop"), script=False)
    board = snapshot.boards[0].board_id
    counted = [note for note in snapshot.counted() if note.board_id == board]
    for note in counted:
        item = page.locator(f"#note-{note.note_id}")
        expect(item).to_be_visible()
        if note.transcription.text:
            assert item.locator(".text").inner_text() == note.transcription.text
    page.locator(f"#note-{counted[0].note_id} summary").click()
    expect(page.locator(f"#note-{counted[0].note_id} .body .history")).to_be_visible()
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator(".photo")).to_have_count(2)
    expect(page.locator(".photo").nth(1)).to_be_visible()
    assert page.locator("button:visible").count() == 0
    assert page.locator("input:visible").count() == 0


def test_on_paper_the_record_is_complete_and_the_tools_are_gone(visit, site):
    _, snapshot = site("workshop")
    page = visit(site.board("workshop") + f"#note-{snapshot.notes[0].note_id}")
    page.emulate_media(media="print")
    expect(page.locator(".list")).to_be_visible()
    expect(page.locator(".panel")).to_be_hidden()
    expect(page.locator(".photo").nth(1)).to_be_visible()
    assert page.locator("button:visible").count() == 0
