"""Fit the confidence models from collected readings, and say how good they are.

Usage:
    PYTHONPATH=models python models/training/confidence/fit.py COLLECTED.jsonl [--write]
        [--check OTHER.jsonl]

Three logistic models with L2 penalty, Newton's method, numpy alone. Figures are by leaving one
board out (real) or one fifth out (generated). `--check` applies the fitted models to readings
that took no part. `--write` replaces `pipeline/boardscribe/data/confidence.json`.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boardscribe.confidence import Logistic, word_summary, writing_evidence

TEXT = (
    "mean_letter", "log_min_letter", "mean_log", "worst_log", "margin", "unknown_share",
    "unknown", "log_letters", "under_half", "under_seven", "views_agree", "foreign", "box_score",
    "ink_noise", "sharpness", "log_words_right", "log_worst_word",
)  # fmt: skip
WORD = ("mean_letter", "log_min_letter", "known", "log_word", "margin", "foreign", "score",
        "log_letters")  # fmt: skip
WRITING = ("log_sure_letters", "log_letters", "mean_letter", "best_box", "log_ink", "ink_contrast",
           "ink_thin")  # fmt: skip
PENALTY = 2.0
FALLING = frozenset(
    {"unknown_share", "unknown", "under_half", "under_seven", "foreign", "ink_noise"}
)
"""Figures that speak against a reading; all others speak for it, but for `FREE` ones. A weight
with the wrong sign is chance or a figure's twin at work: the figure is left out, so that the
models also behave on engines and notes unlike those of the fit."""
FREE = frozenset({"log_letters", "box_score", "best_box"})
TARGET = Path(__file__).resolve().parents[3] / "pipeline" / "boardscribe" / "data"


def plain(text: str) -> str:
    return " ".join(text.lower().split())


def text_rows(rows: list[dict[str, Any]]) -> list[tuple[dict[str, float], int, str, str]]:
    return [
        (r["features"], int(plain(r["text"]) == plain(r["truth"])), r["kind"], r["board"])
        for r in rows
        if r["legible"] != "blank" and r["features"]["letters"] > 0
    ]


def word_rows(rows: list[dict[str, Any]]) -> list[tuple[dict[str, float], int, str, str]]:
    found = []
    for r in rows:
        read = [w["text"].lower() for w in r["words"]]
        true = r["truth"].lower().split()
        right = set()
        for block in difflib.SequenceMatcher(
            None, read, true, autojunk=False
        ).get_matching_blocks():
            right.update(range(block.a, block.a + block.size))
        for i, word in enumerate(r["words"]):
            features = {k: v for k, v in word.items() if k != "text"}
            found.append((features, int(i in right), r["kind"], r["board"]))
    return found


def writing_rows(rows: list[dict[str, Any]]) -> list[tuple[dict[str, float], int, str, str]]:
    return [(r["features"], int(r["legible"] != "blank"), r["kind"], r["board"]) for r in rows]


def matrix(
    data: list[tuple[dict[str, float], int, str, str]],
    names: tuple[str, ...],
    centre: NDArray[np.float64] | None = None,
    spread: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    raw = np.array([[f.get(n, np.nan) for n in names] for f, *_ in data], np.float64)
    if centre is None or spread is None:
        centre = np.nanmean(raw, axis=0)
        spread = np.maximum(np.nanstd(raw, axis=0), 1e-6)
    raw = np.where(np.isnan(raw), centre, raw)
    return np.clip((raw - centre) / spread, -4, 4), centre, spread


def logistic(
    x: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64], penalty: float
) -> NDArray[np.float64]:
    design = np.column_stack([np.ones(len(x)), x])
    theta = np.zeros(design.shape[1])
    ridge = np.diag([1e-6, *[penalty] * x.shape[1]])
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(design @ theta, -30, 30)))
        gradient = design.T @ (weight * (p - y)) + ridge @ theta
        hessian = (design * (weight * p * (1 - p))[:, None]).T @ design + ridge
        step = np.linalg.solve(hessian, gradient)
        theta -= step
        if np.abs(step).max() < 1e-8:
            break
    return theta


def weights(kinds: list[str]) -> NDArray[np.float64]:
    """Real notes count three times: they are what the confidence is for."""
    return np.array([3.0 if kind == "real" else 1.0 for kind in kinds])


def fit(
    data: list[tuple[dict[str, float], int, str, str]], names: tuple[str, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    x, centre, spread = matrix(data, names)
    y = np.array([d[1] for d in data], np.float64)
    sign = np.array([0.0 if n in FREE else -1.0 if n in FALLING else 1.0 for n in names])
    used = np.ones(len(names), bool)
    while True:
        part = logistic(x[:, used], y, weights([d[2] for d in data]), PENALTY)
        theta = np.zeros(len(names) + 1)
        theta[0], theta[1:][used] = part[0], part[1:]
        wrong = np.minimum(theta[1:] * sign, 0)
        if not wrong.any():
            return theta, centre, spread
        used[int(wrong.argmin())] = False


def apply(
    model: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    data: list[tuple[dict[str, float], int, str, str]],
    names: tuple[str, ...],
) -> NDArray[np.float64]:
    theta, centre, spread = model
    x, _, _ = matrix(data, names, centre, spread)
    return np.asarray(1 / (1 + np.exp(-np.clip(theta[0] + x @ theta[1:], -30, 30))))


def auroc(p: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    good, bad = p[y > 0.5], p[y < 0.5]
    if not len(good) or not len(bad):
        return float("nan")
    return float(np.mean((good[:, None] > bad) + 0.5 * (good[:, None] == bad)))


def ece(p: NDArray[np.float64], y: NDArray[np.float64], bins: int = 10) -> float:
    """Expected calibration error, equal-width bins (Naeini et al., AAAI 2015)."""
    which = np.minimum((p * bins).astype(int), bins - 1)
    return float(
        sum(
            np.mean(which == b) * abs(p[which == b].mean() - y[which == b].mean())
            for b in range(bins)
            if np.any(which == b)
        )
    )


def report(name: str, p: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    sure = p >= 0.9
    wrong = float(1 - y[sure].mean()) if sure.any() else float("nan")
    print(
        f"{name:34} n {len(y):5d} right {y.mean():.3f} AUROC {auroc(p, y):.3f} "
        f"ECE {ece(p, y):.3f} p>=.9: {sure.mean():.3f}, {wrong:.3f} wrong"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("collected", type=Path, nargs="+")
    parser.add_argument("--check", type=Path, nargs="*", default=[])
    parser.add_argument("--write", action="store_true")
    wanted = parser.parse_args()
    rows = [json.loads(line) for file in wanted.collected for line in file.open(encoding="utf-8")]
    checks = [json.loads(line) for file in wanted.check for line in file.open(encoding="utf-8")]
    models: dict[str, Logistic] = {}
    result: dict[str, Any] = {
        "version": "",
        "fitted": "By models/training/confidence/fit.py: "
        + ", ".join(
            f"{sum(r['kind'] == kind for r in rows)} {kind} notes"
            for kind in sorted({r["kind"] for r in rows})
        )
        + "; logistic regression, L2 penalty, real notes weighted threefold.",
    }
    for row in rows + checks:
        row["features"].update(
            writing_evidence([(word["text"], word["mean_letter"]) for word in row["words"]])
        )
        row["features"]["log_ink"] = math.log(row["features"]["ink"] + 0.001)
    for part, names, build in (
        ("word", WORD, word_rows), ("text", TEXT, text_rows), ("writing", WRITING, writing_rows),
    ):  # fmt: skip
        if part == "text":
            # What the words' own confidences say about the whole.
            for row in rows + checks:
                row["features"].update(
                    word_summary(
                        [
                            models["word"]({k: v for k, v in w.items() if k != "text"})
                            for w in row["words"]
                        ]
                    )
                )
        data = build(rows)
        held = np.zeros(len(data))
        for board in sorted({d[3] for d in data}):
            inside = [d for d in data if d[3] != board]
            out = [i for i, d in enumerate(data) if d[3] == board]
            held[out] = apply(fit(inside, names), [data[i] for i in out], names)
        y = np.array([d[1] for d in data], np.float64)
        for kind in sorted({d[2] for d in data}):
            own = np.array([d[2] == kind for d in data])
            report(f"{part}, {kind}, left out", held[own], y[own])
        model = fit(data, names)
        extra = build(checks)
        for kind in sorted({d[2] for d in extra}):
            own_data = [d for d in extra if d[2] == kind]
            truth = np.array([d[1] for d in own_data], np.float64)
            report(f"{part}, {kind}, check", apply(model, own_data, names), truth)
        theta, centre, spread = model
        models[part] = Logistic(
            float(theta[0]),
            tuple(
                (n, float(w), float(c), float(s))
                for n, w, c, s in zip(names, theta[1:], centre, spread, strict=True)
            ),
        )
        result[part] = {
            "intercept": round(float(theta[0]), 4),
            "terms": [
                [n, round(float(w), 4), round(float(c), 4), round(float(s), 4)]
                for n, w, c, s in zip(names, theta[1:], centre, spread, strict=True)
                if w
            ],
        }
        if part == "writing":
            for kind in sorted({d[2] for d in data}):
                own = np.array([d[2] == kind for d in data])
                called, blank = held[own] < 0.5, y[own] < 0.5
                right = called[blank].mean() if blank.any() else float("nan")
                print(
                    f"    {kind}: blank called blank {right:.3f}, "
                    f"writing called blank {called[~blank].mean():.3f}"
                )
        print("   ", {n: round(float(w), 2) for n, w in zip(names, theta[1:], strict=True)})
    if wanted.write:
        digest = hashlib.sha256(json.dumps(result, sort_keys=True).encode()).hexdigest()
        result["version"] = digest[:8]
        (TARGET / "confidence.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
