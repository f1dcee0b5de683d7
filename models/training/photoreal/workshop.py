"""The fictional workshop of `samples/`: an allotment association weighs its principles.

Everything here is invented: the association, its principles and what people wrote.
Ticks agree, hearts say important, bubbles amend or expand, squares challenge.
"""

from __future__ import annotations

from training.photoreal.layout import Wish

__all__ = ["BOARDS", "TITLE"]

TITLE = "Fernhill Allotments: principles for the next ten years"


def _votes(ticks: int, hearts: int) -> tuple[Wish, ...]:
    """Blank votes, mixed."""
    pairs = [Wish("tick")] * ticks + [Wish("heart")] * hearts
    return tuple(pairs[i] for i in sorted(range(len(pairs)), key=lambda i: (i * 7) % len(pairs)))


def _bubbles(*texts: str) -> tuple[Wish, ...]:
    return tuple(Wish("bubble", text) for text in texts)


def _squares(*texts: str) -> tuple[Wish, ...]:
    return tuple(Wish("square", text) for text in texts)


BOARDS: dict[str, tuple[Wish, ...]] = {
    "Share The Water": (
        *_bubbles(
            "Share the water – and say who mends the pump",
            "Rain butts on every shed roof",
            "Add: nobody waters at midday in July",
            "A rota in dry weeks, agreed by everyone",
            "Could the school use our tank in the holidays?",
        ),
        *_squares(
            "What about the hosepipe ban?",
            "Plots at the top get no pressure!",
            "Who pays for the meter?",
            "Fair is not the same as equal",
            "- leaky taps\n- no stopcock\n- mud",
        ),
        Wish("heart", "water = life"),
        Wish("tick", "yes!"),
        *_votes(4, 4),
    ),
    "Open To Newcomers": (
        *_bubbles(
            "Newcomers need a buddy for the first season, not just a rule book",
            "Half plots for people who are short of time",
            "Say hello at the gate. It costs nothing",
            "Leaflets in more than one language",
            "First spring free → pay when you pick",
        ),
        *_squares(
            "The waiting list is six years long",
            "Who shows them round in winter?",
            "NOT EVERYONE HAS E-MAIL",
            "What if they give up in May?",
        ),
        Wish("heart", "so true"),
        Wish("heart", "this one!"),
        Wish("tick", "100%"),
        *_votes(5, 4),
    ),
    "Waste Nothing": (
        *_bubbles(
            "Seed swap in March, jam swap in October",
            "Glut table by the gate – help yourself",
            "Waste nothing, and mend what breaks",
            "Compost is everybody's job, also the turning",
            "Pots and labels go round again",
        ),
        *_squares(
            "Rats in the heap?",
            "Whose plastic is it?",
            "Cooked food does NOT belong in the bins",
            "Skip hire: £240 last year",
            "Bonfires – yes or no?",
        ),
        Wish("heart", "my gran's rule"),
        Wish("tick", "of course"),
        *_votes(4, 5),
    ),
    "Room For Nature": (
        *_bubbles(
            "Leave one corner of each plot to the nettles",
            "A pond that children can look into safely",
            "Count the bees with the school every June",
            "Less mowing on the paths = more clover",
            "Hedges, not fences, wherever we can",
        ),
        *_squares(
            "Slugs are nature too??",
            "Brambles spread to my side",
            "Who decides what counts as 'wild'?",
            "Pigeons ate all my [illeg.] kale",
        ),
        Wish("heart", "hedgehogs!"),
        Wish("heart"),
        Wish("tick", "agreed"),
        *_votes(5, 3),
    ),
    "Decide Together": (
        *_bubbles(
            "Meet in the evening and also on a Sunday",
            "Minutes on the board within a week",
            "Quiet people first, please",
            "Decide together, review after one year",
            "Small things: just do them. Big things: ask",
        ),
        *_squares(
            "Always the same five people talk",
            "What happens when we can't agree?",
            "Who is 'we'?",
            "Too many meetings already",
            "Chair: [illeg.] two terms at most",
        ),
        Wish("tick", "yes please"),
        *_votes(5, 3),
    ),
    "TOOLS IN COMMON": (
        *_bubbles(
            "One good mower instead of twelve bad ones",
            "Label every tool, write down who has it",
            "A repair evening each month (with soup)",
            "Could we borrow a shredder with Mill Lane?",
        ),
        *_squares(
            "The shed is damp",
            "Who has the second key?",
            "Strimmers are dangerous → training first",
            "Insurance??",
            "Barrow no. 3 has a flat tyre AGAIN",
        ),
        Wish("heart", "good idea"),
        Wish("tick"),
        *_votes(4, 4),
    ),
    "Teach And Learn": (
        *_bubbles(
            "Show, don't tell: ten minutes at the plot is worth a course",
            "Ask Mrs Okafor about beans",
            "Write down what grew well and what did not",
            "Children teach their parents",
            "Pruning day in February, bring gloves",
        ),
        *_squares(
            "No time in the growing season",
            "Books in the hut get mouldy",
            "Experts can be wrong too",
            "[illeg.] [illeg.]",
        ),
        Wish("heart", "me too!"),
        Wish("tick", "Yes"),
        *_votes(4, 4),
    ),
    "A Welcome For Every Age": (
        *_bubbles(
            "Benches every fifty metres, with a back",
            "Raised beds near the gate for anyone who can't bend",
            "A plot for the nursery – next to the hut",
            "Quiet corner for people who just want to sit",
        ),
        *_squares(
            "Gravel is no good for wheels",
            "Only one toilet",
            "TEENAGERS WANT SHADE, NOT BEANS",
            "Dogs on leads?",
        ),
        Wish("heart", "for my dad"),
        Wish("tick"),
        *_votes(4, 3),
    ),
    "Keep It Simple": (
        *_bubbles(
            "Ten rules on one page. Plain English!",
            "Say why, not only what",
            "Rules that nobody checks should go",
        ),
        *_squares(
            "Simple for whom?",
            "The lease has 31 pages...",
            "Who reads notices?",
        ),
        Wish("heart", "at last"),
        Wish("tick", "Yes"),
        *_votes(3, 3),
    ),
}
