"""What assistive technology, small screens and dark rooms need."""

from __future__ import annotations

import pytest

PAGES = ["index", "board", "note", "empty", "hostile"]

# Name, alternative text, labels, headings, ids, language: the checks of this kind that can be
# made without guessing.
AUDIT = """() => {
  const found = [];
  const say = (what, e) => found.push(`${what}: ${e.outerHTML.slice(0, 120)}`);
  const visible = e => e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
  const text = e => (e.getAttribute('aria-label') || e.innerText || e.textContent || '').trim();
  if (!document.documentElement.lang) found.push('no language');
  if (!document.title.trim()) found.push('no title');
  if (document.querySelectorAll('h1').length !== 1) found.push('not one h1');
  if (document.querySelectorAll('main').length !== 1) found.push('not one main');
  for (const e of document.querySelectorAll('img')) {
    if (!e.hasAttribute('alt')) say('no alt', e);
    const control = e.closest('a, button');
    if (!e.alt && control && !text(control)) say('nameless picture link', control);
    if (!e.alt && !control) say('content picture without words', e);
  }
  for (const e of document.querySelectorAll('a[href], button, summary'))
    if (!text(e) && !e.querySelector('img[alt]:not([alt=""])') && !e.closest('[aria-hidden=true]')) say('no name', e);
  for (const e of document.querySelectorAll('input'))
    if (!e.labels.length && !e.getAttribute('aria-label')) say('no label', e);
  for (const e of document.querySelectorAll('svg'))
    if (!e.getAttribute('aria-hidden') && !(e.getAttribute('role') === 'img' && e.getAttribute('aria-label'))) say('svg without name', e);
  for (const e of document.querySelectorAll('[aria-hidden=true] a, [aria-hidden=true] button'))
    if (e.tabIndex >= 0) say('hidden but focusable', e);
  for (const e of document.querySelectorAll('[aria-labelledby]'))
    if (!document.getElementById(e.getAttribute('aria-labelledby'))) say('label missing', e);
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  const twice = ids.filter((id, n) => ids.indexOf(id) !== n);
  if (twice.length) found.push('id twice: ' + twice.join(' '));
  let level = 0;
  for (const e of document.querySelectorAll('h1, h2, h3, h4')) {
    if (!visible(e)) continue;
    const next = +e.tagName[1];
    if (level && next > level + 1) say('heading skips a level', e);
    level = next;
  }
  return found;
}"""

# Contrast of every visible text with the first opaque colour behind it.
CONTRAST = """() => {
  const rgb = text => { const p = text.match(/[\\d.]+/g).map(Number); return p.length === 4 ? p : [...p, 1]; };
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
  const poor = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || e.closest('script, style, .words, .many, .stage, :disabled, .skip, svg')) continue;
    if (!e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true})) continue;
    let behind = e, ground = [255, 255, 255, 1];
    while (behind) {
      const c = rgb(getComputedStyle(behind).backgroundColor);
      if (c[3] === 1) { ground = c; break; }
      behind = behind.parentElement;
    }
    const style = getComputedStyle(e), ink = rgb(style.color);
    const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05), size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && +style.fontWeight >= 700) ? 3 : 4.5;
    if (ratio < least) poor.push(`${ratio.toFixed(2)} ${e.className} ${e.textContent.trim().slice(0, 40)}`);
  }
  return poor;
}"""


@pytest.fixture
def address(site):
    def of(name):
        _, snapshot = site("workshop")
        return {
            "index": site.index("workshop"),
            "board": site.board("workshop"),
            "note": site.board("workshop") + f"#note-{snapshot.notes[2].note_id}",
            "empty": site.index("empty"),
            "hostile": site.board("hostile"),
        }[name]

    return of


@pytest.mark.parametrize("name", PAGES)
def test_everything_has_a_name_and_a_place(visit, address, name):
    assert visit(address(name)).evaluate(AUDIT) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_text_has_enough_contrast(visit, address, name, scheme):
    assert visit(address(name), scheme=scheme).evaluate(CONTRAST) == []


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_needs_no_sideways_scrolling(visit, address, name, width):
    page = visit(address(name), size=(width, 760), phone=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("visualViewport.scale") == pytest.approx(1)


def test_dark_mode_follows_the_system(visit, address):
    grounds = [
        visit(address("board"), scheme=scheme).evaluate(
            "getComputedStyle(document.documentElement).backgroundColor"
        )
        for scheme in ("light", "dark")
    ]
    dark = [int(part) for part in grounds[1][4:-1].split(",")]
    assert grounds[0] != grounds[1]
    assert max(dark) < 60


def test_the_skip_link_leads_to_the_content(visit, address):
    page = visit(address("index"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_nothing_moves_for_those_who_asked_for_stillness(visit, address):
    page = visit(address("board"))
    page.emulate_media(reduced_motion="reduce")
    moving = page.evaluate(
        """() => [...document.querySelectorAll('*')].filter(e => {
            const s = getComputedStyle(e);
            return s.transitionDuration !== '0s' || s.animationName !== 'none'; }).length"""
    )
    assert moving == 0
