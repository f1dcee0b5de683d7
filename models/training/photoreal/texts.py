"""Things people write on notes, put together by chance from word lists of our own."""

from __future__ import annotations

import numpy as np

from training.photoreal.layout import Wish

__all__ = ["heading", "wishes"]

_HEADINGS = (
    "Start With Trust", "Safer Streets", "Plain Language", "Value Experience", "Make Room",
    "Shared Power", "Time To Talk", "Open Books", "Local First", "Care For Carers",
    "Learn As We Go", "Everyone Counts", "Clear Next Steps", "Fair Pay", "Good Food",
    "Warm Homes", "Move Around Freely", "Safe Crossings", "A Place To Meet", "Work With Schools",
    "Old And Young", "Honest Numbers", "Slow Down", "Room To Play", "Say Thank You",
    "Ask Before You Act", "Keep Promises", "Who Decides?", "Fewer Forms", "Music In The Park",
    "Health For All", "Clean Air Now",
)  # fmt: skip
_WHO = (
    "young people", "volunteers", "the council", "carers", "neighbours", "parents", "tenants",
    "shop keepers", "the school", "night workers", "cyclists", "older residents", "newcomers",
    "the library", "bus drivers", "artists", "the clinic", "everyone", "nobody", "students",
)  # fmt: skip
_THING = (
    "the budget", "the timetable", "a warm room", "the meeting notes", "free lunches", "bus stops",
    "benches", "street lights", "the website", "child care", "training", "the garden", "the survey",
    "phone numbers", "the keys", "paper forms", "the agenda", "quiet space", "play areas",
    "repairs", "translation", "travel costs", "first aid", "opening hours", "the minutes",
)  # fmt: skip
_DO = (
    "share", "explain", "pay for", "check", "look after", "change", "publish", "test", "improve",
    "drop", "keep", "protect", "organise", "measure", "open up", "choose", "discuss", "mend",
)  # fmt: skip
_WHEN = (
    "every month", "before Easter", "at the weekend", "from day one", "by June", "after work",
    "twice a year", "in plain English", "face to face", "on paper too", "next Tuesday", "in winter",
)  # fmt: skip
_SHORT = {
    "tick": ("yes", "Yes!", "agree", "OK", "+1", "do it", "of course", "ja!", "absolutely"),
    "heart": ("love it", "so important", "key!", "this one", "from the heart", "please", "vital"),
}
_BUBBLES = (
    "{Do} {thing} together with {who}", "Let {who} {do} {thing} {when}",
    "Add: {do} {thing} {when}", "And {who}? They could {do} {thing}",
    "{Do} {thing} first, then {thing2}", "{Thing} needs more time & {who}",
    "More {who} → better {thing}", "Not only {thing} but {thing2} too",
    "Could {who} {do} {thing} {when}?", "{Do} & {do2} {thing} – {when}",
)  # fmt: skip
_SQUARES = (
    "Who will {do} {thing}?", "{Thing}: who pays?", "{Who} were not asked", "Too late for {thing}",
    "Why {when}?", "What about {who}?", "{Do} {thing} – really?", "- {thing}\n- {thing2}",
    "No {thing}, no {thing2}", "{Who} can't {do} {thing}", "Says who??", "{Thing} is not enough",
    "Hard to {do} {when}",
)  # fmt: skip


def heading(rng: np.random.Generator) -> str:
    """A principle as a card prints it, at times in capitals."""
    text = str(rng.choice(_HEADINGS))
    return text.upper() if rng.random() < 0.35 else text


def _fill(pattern: str, rng: np.random.Generator) -> str:
    things = rng.permutation(_THING)[:2]
    does = rng.permutation(_DO)[:2]
    who, when = str(rng.choice(_WHO)), str(rng.choice(_WHEN))
    words = {
        "do": str(does[0]), "do2": str(does[1]), "thing": str(things[0]),
        "thing2": str(things[1]), "who": who, "when": when,
    }  # fmt: skip
    words |= {k.capitalize(): v[0].upper() + v[1:] for k, v in words.items()}
    text = pattern.format(**words)
    if rng.random() < 0.06:
        parts = text.split(" ")
        parts[int(rng.integers(len(parts)))] = "[illeg.]"
        text = " ".join(parts)
    return text


def wishes(rng: np.random.Generator, count: int) -> tuple[Wish, ...]:
    """What `count` people stick on one board; votes are mostly without writing."""
    made = []
    for shape in rng.choice(["square", "bubble", "heart", "tick"], count, p=[0.3, 0.28, 0.2, 0.22]):
        kind = str(shape)
        if kind in _SHORT:
            text = str(rng.choice(_SHORT[kind])) if rng.random() < 0.22 else ""
        else:
            patterns = _BUBBLES if kind == "bubble" else _SQUARES
            text = _fill(str(rng.choice(patterns)), rng) if rng.random() < 0.94 else ""
        made.append(Wish(kind, text))
    return tuple(made)
