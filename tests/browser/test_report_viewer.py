"""The photograph zooms and pans, and the outlines stay on the notes."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect


def _width(page):
    return page.locator(".photo:not([hidden]) .stage").evaluate("e => e.clientWidth")


def test_buttons_and_keys_zoom_between_the_whole_photograph_and_full_size(visit, site):
    page = visit(site.board("workshop"))
    fit = _width(page)
    viewport = page.locator(".photo:not([hidden]) .viewport")
    box = viewport.bounding_box()
    assert box["y"] + box["height"] <= 900
    page.locator("[data-zoom=full]").click()
    assert _width(page) == 1600
    expect(page.locator(".tools output")).to_have_text("100 %")
    page.locator("[data-zoom=fit]").click()
    assert _width(page) == fit
    page.keyboard.press("+")
    assert _width(page) > fit
    page.keyboard.press("0")
    assert _width(page) == fit
    page.keyboard.press("-")
    assert _width(page) == fit, "never smaller than the whole photograph"


def test_the_whole_photograph_fits_again_when_the_window_changes(visit, site):
    page = visit(site.board("workshop"))
    fit = _width(page)
    for width, height in ((1440, 1751), (600, 700), (320, 300), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(
            """() => { const f = document.querySelector('.photo:not([hidden])');
            const v = f.querySelector('.viewport'), s = f.querySelector('.stage');
            return s.clientWidth > 80 && s.clientWidth <= v.clientWidth
                && s.clientHeight <= v.clientHeight + 1; }"""
        )
    assert _width(page) == pytest.approx(fit, abs=1)


def test_arrow_keys_pan_a_zoomed_photograph_and_the_mouse_drags_it(visit, site):
    page = visit(site.board("workshop"))
    viewport = page.locator(".photo:not([hidden]) .viewport")
    page.locator("[data-zoom=full]").click()
    viewport.focus()
    start = viewport.evaluate("e => e.scrollLeft")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "start => document.querySelector('.photo:not([hidden]) .viewport').scrollLeft > start",
        arg=start,
    )
    expect(page.locator("#panel")).to_be_hidden()
    # Wait for the end of the browser's own smooth scrolling.
    viewport.evaluate(
        """e => new Promise(done => { let last = -1; const look = () => {
            if (e.scrollLeft === last) done(); else { last = e.scrollLeft; setTimeout(look, 150); }
        }; look(); })"""
    )
    before = viewport.evaluate("e => [e.scrollLeft, e.scrollTop]")
    box = viewport.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 40, steps=4)
    page.mouse.up()
    after = viewport.evaluate("e => [e.scrollLeft, e.scrollTop]")
    assert before[0] - after[0] == pytest.approx(60, abs=2)
    expect(page.locator("#panel")).to_be_hidden()


def test_a_zoomed_photograph_scrolls_under_a_finger(visit, site):
    page = visit(site.board("workshop"), size=(390, 844), phone=True)
    page.locator("[data-zoom=in]").tap()
    page.locator("[data-zoom=in]").tap()
    scrollable = page.locator(".photo:not([hidden]) .viewport").evaluate(
        """e => [e.scrollWidth > e.clientWidth + 50, getComputedStyle(e).overflowX,
                 getComputedStyle(e).touchAction]"""
    )
    assert scrollable == [True, "auto", "auto"]


@pytest.mark.parametrize("zoom", ["fit", "full"])
def test_outlines_lie_on_the_notes_at_any_zoom(visit, site, zoom):
    _, snapshot = site("workshop")
    page = visit(site.board("workshop"))
    page.locator(f"[data-zoom={zoom}]").click()
    note = snapshot.notes[0]
    xs = [x for x, _ in note.best.detection.polygon]
    drawn = page.evaluate(
        """id => { const f = document.querySelector('.photo:not([hidden])');
        const image = f.querySelector('img').getBoundingClientRect();
        const box = f.querySelector(`.outline[data-note="${id}"] .line`).getBoundingClientRect();
        return [(box.left - image.left) / image.width, (box.right - image.left) / image.width]; }""",
        note.note_id,
    )
    # The box of a stroked shape may take in half its line.
    assert drawn == pytest.approx([min(xs) / 1600, max(xs) / 1600], abs=0.006)


def test_zoom_to_the_chosen_note_brings_it_large_into_the_middle(visit, site):
    _, snapshot = site("workshop")
    note = snapshot.notes[0]
    page = visit(site.board("workshop") + f"#note-{note.note_id}")
    page.keyboard.press("z")
    box = page.locator(".photo:not([hidden]) .outline.on .halo").bounding_box()
    view = page.locator(".photo:not([hidden]) .viewport").bounding_box()
    assert box["height"] > view["height"] * 0.4
    assert view["x"] < box["x"] + box["width"] / 2 < view["x"] + view["width"]
    assert view["y"] < box["y"] + box["height"] / 2 < view["y"] + view["height"]


def test_status_is_told_by_line_and_glyph_not_by_colour_alone(visit, site):
    page = visit(site.board("workshop"))
    looks = page.evaluate(
        """() => Object.fromEntries(['accepted', 'review', 'reviewed'].map(status => {
            const o = document.querySelector(`.photo:not([hidden]) .outline.s-${status}:not(.doubtful)`);
            const line = getComputedStyle(o.querySelector('.line'));
            return [status, [line.strokeDasharray, line.strokeWidth,
                getComputedStyle(o.querySelector('.core')).stroke,
                o.querySelector('.badge use').getAttribute('href')].join(' ')]; }))"""
    )
    assert len(set(looks.values())) == 3
    assert "status-review" in looks["review"]
    assert looks["review"].split()[0] != "none"
    assert looks["accepted"].startswith("none")


def _band(page, note, tmp_path):
    """Pixels of the outline's colour on a line through the middle of a note, from its left."""
    box = page.locator(f".photo:not([hidden]) .outline[data-note='{note.note_id}'] .halo")
    box = box.bounding_box()
    view = page.locator(".photo:not([hidden]) .viewport").bounding_box()
    page.screenshot(path=tmp_path / "band.png")
    row = np.asarray(Image.open(tmp_path / "band.png").convert("RGB")).astype(int)
    row = row[round(box["y"] + box["height"] / 2)]
    left = max(box["x"] - 12, view["x"])
    row = row[round(left) : round(box["x"] + box["width"] / 2)]
    return int((np.abs(row - [0xC9, 0x86, 0x00]).max(axis=1) < 30).sum())


def test_outlines_keep_their_width_on_the_screen_at_any_zoom(visit, site, tmp_path):
    _, snapshot = site("workshop")
    note = snapshot.notes[0]
    assert (note.meaning, note.status.value) == ("challenge", "accepted")
    page = visit(site.board("workshop") + f"#note-{note.note_id}")
    far = _band(page, note, tmp_path)
    page.keyboard.press("z")
    page.wait_for_timeout(200)
    near = _band(page, note, tmp_path)
    assert 3 <= far <= 9
    assert 3 <= near <= 9
