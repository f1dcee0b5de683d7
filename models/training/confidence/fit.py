"""Fit the confidence models from collected readings, and say how good they are.

Usage:
    PYTHONPATH=models python models/training/confidence/fit.py COLLECTED.jsonl [--write]
        [--check OTHER.jsonl]

Three logistic models with L2 penalty, Newton's method, numpy alone. Figures are by leaving one
board out (real) or one fifth out (generated). `--check` applies the fitted models to readings
that took no part. `--write` replaces `pipeline/boardscribe/data/confidence.json`, with the
left-out confidences as the evidence that thresholds of acceptance are chosen by: each note is
judged by models that have not seen its board.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boardscribe.calibrate import fit_logistic
from boardscribe.confidence import Logistic, word_summary, writing_evidence
from boardscribe.options import ReadOptions

TEXT = ("margin", "under_seven", "log_words_right", "log_ink_unread", "signs_only",
        "log_cut_ink", "mean_log")  # fmt: skip
WORD = ("mean_letter", "log_min_letter", "known", "log_word", "margin", "score",
        "log_letters", "bond")  # fmt: skip
WRITING = ("log_sure_letters", "best_word", "best_box", "log_ink", "ink_contrast",
           "ink_thin", "soft_ink", "no_line")  # fmt: skip
PENALTY = {"word": 2.0, "text": 0.5, "writing": 0.5}
FALLING = frozenset({"under_seven", "log_ink_unread", "signs_only", "log_cut_ink", "no_line",
                     "soft_ink"})  # fmt: skip
"""Figures that speak against a reading; all others speak for it, but for `FREE` ones. A weight
with the wrong sign is chance or a figure's twin at work: the figure is left out, so that the
models also behave on engines and notes unlike those of the fit."""
FREE = frozenset({"log_letters", "best_box"})
TARGET = Path(__file__).resolve().parents[3] / "pipeline" / "boardscribe" / "data"


def plain(text: str) -> str:
    return " ".join(text.lower().split())


def text_rows(rows: list[dict[str, Any]]) -> list[tuple[dict[str, float], int, str, str]]:
    return [
        (r["features"], int(plain(r["text"]) == plain(r["truth"])), r["kind"], r["board"])
        for r in rows
        if is_text(r)
    ]


def is_text(row: dict[str, Any]) -> bool:
    """Letters were read, and it would not be taken for blank; on a blank note that is wrong.

    What another note covers in part is judged by that alone (`boardscribe.decisions`).
    """
    return row["features"]["letters"] > 0 and row["writing"] >= 0.5 and not row["hidden"]


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


def weights(kinds: list[str]) -> NDArray[np.float64]:
    """Real notes count three times: they are what the confidence is for."""
    return np.array([3.0 if kind == "real" else 1.0 for kind in kinds])


def fit(
    data: list[tuple[dict[str, float], int, str, str]], names: tuple[str, ...], penalty: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    x, centre, spread = matrix(data, names)
    y = np.array([d[1] for d in data], np.float64)
    sign = np.array([0.0 if n in FREE else -1.0 if n in FALLING else 1.0 for n in names])
    used = np.ones(len(names), bool)
    while True:
        part = fit_logistic(x[:, used], y, precision=penalty, weight=weights([d[2] for d in data]))
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


def add_what_is_known(
    rows: list[dict[str, Any]],
    left_out: dict[str, NDArray[np.float64]],
    checks: list[dict[str, Any]],
    models: dict[str, Logistic],
) -> None:
    """What words and writing say about the text: by models that have not seen the note."""
    at = 0
    for row, writing in zip(rows, left_out["writing"], strict=True):
        row["writing"] = float(writing)
        row["chances"] = left_out["word"][at : at + len(row["words"])].tolist()
        at += len(row["words"])
    for row in checks:
        row["writing"] = models["writing"](row["features"])
        row["chances"] = [
            models["word"]({k: v for k, v in w.items() if k != "text"}) for w in row["words"]
        ]
    for row in rows + checks:
        row["features"].update(word_summary(row["chances"]))


def judged(rows: list[dict[str, Any]], text: NDArray[np.float64]) -> dict[str, Any]:
    """What each note would have been taken for, how surely, and whether that is right.

    A word a note, the notes taking turns at first, second, third words: words of one note are
    right or wrong together, and the test of a threshold takes them for independent.
    """
    kinds = sorted({row["kind"] for row in rows})
    found: dict[str, Any] = {
        "source": ", ".join(f"{sum(r['kind'] == k for r in rows)} {k} notes" for k in kinds),
        "engines": ["rapidocr"],
        "text": [], "blank": [], "word": [],
    }  # fmt: skip
    texts = iter(text.tolist())
    for number, row in enumerate(rows):
        sure = next(texts) if is_text(row) else 0.0
        right = [good for _, good, *_ in word_rows([row])]
        if row["writing"] < 0.5:
            # Of a drawing nothing is lost, though it is not asked for either.
            nothing_lost = row["legible"] in ("blank", "drawn")
            found["blank"].append([round(1 - row["writing"], 4), int(nothing_lost)])
        elif right:
            if row["legible"] in ("full", "blank"):
                turn = number % len(right)
                found["word"].append([round(row["chances"][turn], 4), right[turn]])
            # With a gap it is never accepted.
            if is_text(row) and min(row["chances"]) >= ReadOptions().illegible_word:
                found["text"].append(
                    [round(sure, 4), int(plain(row["text"]) == plain(row["truth"]))]
                )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("collected", type=Path, nargs="+")
    parser.add_argument("--check", type=Path, nargs="*", default=[])
    parser.add_argument("--write", action="store_true")
    wanted = parser.parse_args()
    rows = [json.loads(line) for file in wanted.collected for line in file.open(encoding="utf-8")]
    checks = [json.loads(line) for file in wanted.check for line in file.open(encoding="utf-8")]
    models: dict[str, Logistic] = {}
    left_out: dict[str, NDArray[np.float64]] = {}
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
        ("word", WORD, word_rows), ("writing", WRITING, writing_rows), ("text", TEXT, text_rows),
    ):  # fmt: skip
        if part == "text":
            add_what_is_known(rows, left_out, checks, models)
        data = build(rows)
        held = np.zeros(len(data))
        left_out[part] = held
        for board in sorted({d[3] for d in data}):
            inside = [d for d in data if d[3] != board]
            out = [i for i, d in enumerate(data) if d[3] == board]
            held[out] = apply(fit(inside, names, PENALTY[part]), [data[i] for i in out], names)
        y = np.array([d[1] for d in data], np.float64)
        for kind in sorted({d[2] for d in data}):
            own = np.array([d[2] == kind for d in data])
            report(f"{part}, {kind}, left out", held[own], y[own])
        model = fit(data, names, PENALTY[part])
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
    evidence = judged(rows, left_out["text"])
    for kind in ("text", "blank", "word"):
        scores, right = (np.array(column) for column in zip(*evidence[kind], strict=True))
        report(f"evidence, {kind}", scores, right)
    if wanted.write:
        digest = hashlib.sha256(json.dumps(result, sort_keys=True).encode()).hexdigest()
        result["version"] = digest[:8]
        result["evidence"] = evidence
        # Pairs of the evidence on one line each, or the file has thousands of lines.
        text = re.sub(r"\[\s+([\d.]+),\s+([01])\s+\]", r"[\1, \2]", json.dumps(result, indent=1))
        (TARGET / "confidence.json").write_text(text + "\n")
        print(
            f"written; put {result['version']} after the dash of VERSION in boardscribe/reading.py"
        )


if __name__ == "__main__":
    main()
