"""The overview: what there is, what waits, what went wrong."""

from __future__ import annotations

from playwright.sync_api import expect


def test_totals_boards_and_runs_are_shown(visit, site):
    page = visit(site.index("workshop"))
    expect(page.locator(".lede")).to_contain_text("4 photographs, 3 boards, 25 notes.")
    expect(page.locator(".lede")).to_contain_text("9 wait for a person")
    assert page.locator(".counts").first.locator(".number").all_inner_texts() == [
        "7",
        "4",
        "5",
        "9",
    ]
    expect(page.locator(".figures")).to_contain_text(
        "6 without words · 2 partly readable · 1 illegible"
    )
    expect(page.locator(".card")).to_have_count(3)
    for image in page.locator(".card img").all():
        image.scroll_into_view_if_needed()
        assert image.evaluate("e => e.decode().then(() => e.naturalWidth)") > 100
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator(".card a").first.click()
    expect(page.locator("h1")).to_contain_text("Share the work")
    page.get_by_role("link", name="Next board: Keep the door open").click()
    expect(page.locator("h1")).to_contain_text("Keep the door open")
    page.locator(".home").click()
    expect(page.locator("h1")).to_have_text("A workshop on working together")


def test_failures_come_with_code_message_and_remedy(visit, site):
    _, snapshot = site("workshop")
    page = visit(site.index("workshop"))
    items = page.locator(".failures li")
    expect(items).to_have_count(len(snapshot.failures))
    for failure in snapshot.failures:
        item = items.filter(has_text=failure.name)
        for part in (failure.reason, failure.message, failure.remedy):
            expect(item).to_contain_text(part)
    expect(items.last).to_contain_text("skipped")


def test_an_empty_workspace_says_what_to_do_next(visit, site):
    page = visit(site.index("empty"))
    expect(page.locator("h1")).to_have_text("Workshop boards")
    expect(page.locator("main")).to_contain_text("No photographs yet")
    expect(page.locator("code").first).to_contain_text("boardscribe transcribe")
    expect(page.locator(".card")).to_have_count(0)


def test_three_hundred_boards_open_and_can_be_searched(visit, site):
    page = visit(site.index("many"))
    expect(page.locator(".card")).to_have_count(300)
    page.locator("#search").fill("board 17")
    expect(page.locator(".found")).to_have_text("13 of 300 boards")


def test_two_hundred_notes_open_and_are_walked_by_key(visit, site):
    page = visit(site.board("large"))
    expect(page.locator(".photo .outline")).to_have_count(200)
    for _ in range(20):
        page.keyboard.press("j")
    expect(page.locator(".position")).to_have_text("20 of 200")
