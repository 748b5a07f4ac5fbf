"""Is every artifact's plan the same under the new names?

python golden/compare.py [ID ...]                   plans, at all scales, with --seeds 0 and 1
python golden/compare.py --tables OLD NEW           two folders of tidy tables, to the digit
(interval ends to 1e-4)
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
CLIPS = {"every": "frame_stride", "length": "clip_length", "step": "clip_stride", "stack": "flow_stack", "margin": "resize_ratio",
         "night": "darkness", "light": "enhancement"}  # fmt: skip
DATA = {"least": "min_videos", "share": "train_fraction", "draw": "subset_seed"}
RECIPE = {"trunk_rate": "backbone_rate", "diverging": "on_divergence"}
TASKS = {"sheet": "contact_sheet", "reach": "receptive_field"}
PARENTS = {"train": "init_from", "boost": "init_from", "enhance": "enhancer", "features": "features"}
WORDS = (("trunk", "backbone"), ("rival", "baseline"), ("Trunk", "Backbone"), ("Rival", "Baseline"))


def renamed(run: dict, pool: dict) -> dict:
    """An old run in the new words."""
    new = {name: value for name, value in run.items() if name not in ("after", "data", "recipe", "protocol")}
    new["task"] = TASKS.get(run["task"], run["task"])
    if run["data"]:
        data = {DATA.get(name, name): value for name, value in run["data"].items()}
        data["clips"] = {CLIPS.get(name, name): value for name, value in run["data"]["clips"].items()}
        new["data"] = data
    else:
        new["data"] = None
    recipe = {RECIPE.get(name, name): value for name, value in run["recipe"].items() if name != "label_smoothing"}
    assert run["recipe"]["label_smoothing"] == 0
    recipe["penalty"] = "" if recipe["penalty"] == "none" else recipe["penalty"]
    recipe["augment"] = ["darken" if name == "night" else name for name in recipe["augment"]]
    new["recipe"] = recipe | {"loss": "cross_entropy"}
    new["protocol"] = {{"readout": "answer_classes"}.get(name, name): value for name, value in run["protocol"].items()}
    parents = {"init_from": None, "enhancer": None, "features": None}
    for parent in run["after"]:
        role = PARENTS[pool[parent]["task"]]
        assert parents[role] is None, "two parents of one kind"
        parents[role] = renamed(pool[parent], pool)
    return new | parents


def words(text: str) -> str:
    for old, new in WORDS:
        text = text.replace(old, new)
    return text


def plans(ids: list[str]) -> int:
    from repro.papers import catalogue
    from repro.spec import to_dict

    golden = json.loads(gzip.decompress((HERE / "plans.json.gz").read_bytes()))
    pool, wrong = golden["runs"], 0
    known = {artifact.id: artifact for artifact in catalogue.all_artifacts()}
    for name, rows in golden["plans"].items():
        id, scale, seeds = name.split("|")
        if ids and id not in ids and id.partition(".")[0] not in ids:
            continue
        if id not in known:
            print(f"{name}: no such artifact")
            wrong += 1
            continue
        plan = catalogue.plan(known[id], scale, int(seeds))
        old = [json.dumps(renamed(pool[run], pool), sort_keys=True) for run, *_ in rows]
        new = [json.dumps(to_dict(planned.run), sort_keys=True) for planned in plan]
        if old != new:
            wrong += 1
            print(
                f"{name}: {len(old)} runs before, {len(new)} now; {'same runs, another order' if sorted(old) == sorted(new) else 'DIFFERENT'}"
            )
            for a, b in zip(old, new):
                if a != b and sorted(old) != sorted(new):
                    print("   before", a[:1500], "\n   now   ", b[:1500])
                    break
            continue
        for (_, *parts), planned in zip(rows, plan):
            now = [str(x) for x in (planned.row, planned.column, planned.value)]
            lost = [part for part in parts if part and not any(words(part) in text for text in now)]
            if lost:
                wrong += 1
                print(f"{name}: {lost} is not among {now}")
                break
    print("plans:", "the same" if not wrong else f"{wrong} differ")
    return bool(wrong)


def same(column: str, a: str, b: str) -> bool:
    if a == b or words(a) == words(b):
        return True
    try:
        one, other = float(a), float(b)
    except ValueError:
        pattern = r"[-+]?\d+\.\d+"  # numbers within text, as in the reason of a verdict
        texts = [re.sub(pattern, "#", words(x)) for x in (a, b)]
        numbers = [[float(x) for x in re.findall(pattern, y)] for y in (a, b)]
        return (
            texts[0] == texts[1]
            and len(numbers[0]) == len(numbers[1])
            and all(abs(x - y) <= 0.0101 for x, y in zip(*numbers))
        )
    return column in ("low", "high") and abs(one - other) <= 1e-4


def tables(old: Path, new: Path) -> int:
    wrong = 0
    for path in sorted(old.rglob("*.csv")):
        other = new / path.relative_to(old)
        if not other.is_file():
            print(f"{path.name}: missing")
            wrong += 1
            continue
        a, b = (list(csv.reader(open(p, encoding="utf8", newline=""))) for p in (path, other))
        cells = [(i, h, x, y) for i, (r, s) in enumerate(zip(a, b)) for h, x, y in zip(a[0], r, s) if not same(h, x, y)]
        if cells or len(a) != len(b):
            wrong += 1
            print(f"{path.parent.name}/{path.name}: {len(a)} rows before, {len(b)} now; {len(cells)} cells differ")
            for cell in cells[:4]:
                print("   ", *cell, sep=" | ")
    print("tables:", "the same" if not wrong else f"{wrong} files differ")
    return bool(wrong)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--tables"]:
        sys.exit(tables(Path(sys.argv[2]), Path(sys.argv[3])))
    sys.exit(plans(sys.argv[1:]))
