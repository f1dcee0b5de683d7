"""The typefaces whose letters simulated hands borrow: handwriting, casual and plain ones.

All are under the SIL Open Font License and come from npm (`training.photoreal.fonts`). Those
reserved for evaluation there are not among them. `CHECK` is kept out of training as well.
"""

from __future__ import annotations

from training.photoreal.fonts import RESERVED

__all__ = ["CHECK", "JOINED", "PLAIN", "PRINTING", "TRAINING"]

PRINTING = (
    "amatic-sc", "annie-use-your-telescope", "architects-daughter", "balsamiq-sans", "caveat-brush",
    "chilanka", "comic-neue", "comic-relief", "covered-by-your-grace", "crafty-girls",
    "delicious-handrawn", "finger-paint", "gaegu", "gloria-hallelujah", "grandstander",
    "happy-monkey", "indie-flower", "itim", "kalam", "kiwi-maru", "liu-jian-mao-cao",
    "londrina-solid", "long-cang", "ma-shan-zheng", "mouse-memoirs", "nanum-brush-script",
    "nanum-pen-script", "neucha", "patrick-hand", "permanent-marker", "playpen-sans",
    "reenie-beanie", "rock-salt", "shadows-into-light", "shantell-sans", "sniglet",
    "swanky-and-moo-moo", "the-girl-next-door", "yomogi", "zen-kurenaido", "zhi-mang-xing",
)  # fmt: skip
"""Separate letters, as most people write on notes."""
JOINED = (
    "bad-script", "caveat", "cookie", "courgette", "damion", "dancing-script", "grand-hotel",
    "homemade-apple", "kaushan-script", "licorice", "marck-script", "nothing-you-could-do",
    "oooh-baby", "satisfy", "vibur", "yellowtail", "ms-madi", "birthstone",
)  # fmt: skip
"""Letters that touch or run into one another."""
PLAIN = (
    "quicksand", "varela-round", "dosis", "nunito", "jost", "poiret-one", "pt-sans-narrow",
    "josefin-sans", "comfortaa", "open-sans", "work-sans",
)  # fmt: skip
"""Their middle lines are the letters that people learn at school."""
TRAINING = PRINTING + JOINED + PLAIN
CHECK = (
    "delius", "freehand", "poor-story", "short-stack", "sriracha", "twinkle-star", "yusei-magic",
    "bubblegum-sans",
)  # fmt: skip
"""For watching the training: letters the network has not been trained on."""

assert not RESERVED & {*TRAINING, *CHECK}
assert not {*TRAINING} & {*CHECK}
