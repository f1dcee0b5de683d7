"""Confidence learnt from what people answered.

Every note that people decided and a machine had read is an example: its reading keeps the figures
that its confidence was computed from, and people say whether it was right. From enough examples
the models of confidence are fitted anew, and the thresholds of acceptance are chosen by them.
`docs/decisions/0008-confidence.md` says how, and from how many.
"""

from boardscribe.calibrate._examples import Example, answered_notes
from boardscribe.calibrate._fit import fit_logistic, refit
from boardscribe.calibrate._format import format_recalibration
from boardscribe.calibrate._recalibrate import Change, Recalibration, recalibrate

__all__ = [
    "Change",
    "Example",
    "Recalibration",
    "answered_notes",
    "fit_logistic",
    "format_recalibration",
    "recalibrate",
    "refit",
]
