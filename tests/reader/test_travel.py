"""Publish, redraw, verify: what is made in one home stands in another, and nothing is lost or
invented on the way.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from repro import cli, files
from repro.evidence import passport
from repro.evidence.passport import Passport
from repro.evidence.tables import COLUMNS
from repro.papers import catalogue
from repro.papers.plan import Artifact
from repro.papers.reproduce import reproduce
from repro.reader import snapshot
from repro.reader.usage import Usage
from repro.runs import pack, store
from repro.runs.key import key as key_of
from repro.spec import Run

ID, SCALE = "gong2022.figure4", "smoke"  # one training; its table is made from inner maps, it decides a claim
PUBLISHED = f"published/{SCALE}"


def git(home: Path, *words: str) -> None:
    named = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *words]
    subprocess.run(named, cwd=home, check=True, capture_output=True)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A committed home in which one artifact was made."""
    home = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REPRO_HOME", str(home))
        patch.delenv("REPRO_DATA", raising=False)
        reproduce(ID, SCALE, engine="local:1", device="cpu")
    (home / ".gitignore").write_text("/results/*\n!/results/published\n/figures/*\n!/figures/published\n")
    git(home, "init", "-q")
    git(home, "add", "-A")
    git(home, "commit", "-qm", "a home")
    yield home


@pytest.fixture
def kit(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, in which there are no other artifacts, and whose scale is one that travels."""
    home, (artifact,) = tmp_path / "home", catalogue.select(ID)
    shutil.copytree(trained, home)
    monkeypatch.setenv("REPRO_HOME", str(home))
    monkeypatch.delenv("REPRO_DATA", raising=False)
    monkeypatch.setattr(catalogue, "all_artifacts", lambda: (artifact,))
    monkeypatch.setattr(snapshot, "QUICK", ())
    return home


def published() -> None:
    assert cli.main(["publish", "all", "--scale", SCALE]) == 0


def wipe() -> None:
    """As on a fresh clone: nothing but what is committed."""
    for folder in (files.results(SCALE), files.figures(SCALE), files.runs(), files.cache()):
        shutil.rmtree(folder, ignore_errors=True)


def drawn() -> dict[str, bytes]:
    """The files of the artifact as they were made here, without passports."""
    paths = [path for top in (files.results(SCALE), files.figures(SCALE)) for path in top.rglob(f"{ID}.*")]
    return {path.name: path.read_bytes() for path in paths if path.suffix != ".json"}


def record() -> store.Record | None:
    (planned,) = catalogue.plan(catalogue.select(ID)[0], SCALE)
    return store.find(planned.run, None)


def test_on_a_fresh_clone_everything_is_redrawn_to_the_same_bytes(kit: Path, capsys: Any) -> None:
    before = drawn()
    published()
    wipe()
    (artifact,) = catalogue.select(ID)
    assert catalogue.status(artifact, SCALE, None) == "done"  # by the snapshot, whose digests are true
    words = [catalogue.standing(artifact, SCALE, state) for state in ("done", "stale", "no data", "not run")]
    assert words == ["published", "published, stale", "published", "not run"]
    assert "stands" in {row["verdicts"][SCALE]["verdict"] for row in catalogue.claims(SCALE) if row["verdicts"]}
    assert cli.main(["redraw", ID, "--scale", SCALE]) == 0
    assert drawn() == before and {Path(name).suffix for name in before} == {".csv", ".md", ".png", ".svg"}
    assert catalogue.standing(artifact, SCALE, "done") == "made here"
    own, committed = (passport.read(files.results(at) / "tables" / f"{ID}.json") for at in (SCALE, PUBLISHED))
    assert own["published"].startswith("committed record, made on ") and not committed["published"]
    assert own["published"] in (files.results(SCALE) / "gong2022.html").read_text(encoding="utf8")
    assert not files.runs().exists()  # nothing was trained
    capsys.readouterr()
    assert cli.main(["verify", ID, "--scale", SCALE]) == 0
    assert "drawn here from committed records" in capsys.readouterr().out
    status = subprocess.run(["git", "status", "--porcelain"], cwd=kit, capture_output=True, text=True).stdout
    assert {line[3:] for line in status.splitlines()} == {"figures/", "results/"}  # untracked: the snapshot alone


def test_published_records_are_counted_where_one_asks_for_it(kit: Path, capsys: Any) -> None:
    published()
    wipe()
    for words, left in (([], 1), (["--continue"], 0)):
        capsys.readouterr()
        assert cli.main(["plan", ID, "--scale", SCALE, "--json", *words]) == 0
        total = json.loads(capsys.readouterr().out)["total"]
        assert (total["done"], total["published"], total["to do"]) == (0, 1, left)
    (path,) = (files.results(PUBLISHED) / "records").glob("*.zip")
    path.write_bytes(path.read_bytes()[:-40])
    assert record() is None  # damaged: as if it were not there
    assert cli.main(["redraw", ID, "--scale", SCALE]) == 0
    assert "1 of 1 records are neither here nor published" in capsys.readouterr().out


def test_what_is_absent_stays_and_what_no_plan_names_goes(kit: Path) -> None:
    other = Run("cost", "wei2025", seed=77)
    folder = store.begin(other, key_of(other, None))
    store.finish(folder, {}, {"device": "A processor"})
    made = record()
    path = files.results(PUBLISHED) / "records" / f"{ID}.zip"
    pack.write(path, [made, store.load(other, key_of(other, None))])
    assert len(pack.listed(path)) == 2
    published()
    assert list(pack.listed(path)) == [made.key]
    paths = [p for top in (files.results, files.figures) for p in top(PUBLISHED).rglob("*") if p.is_file()]
    snap = {p: p.read_bytes() for p in paths}
    wipe()
    published()  # nothing is done here
    assert snap == {p: p.read_bytes() for p in snap}
    assert record().about["published"]


def test_the_page_of_a_quick_scale_holds_its_figures(kit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "QUICK", (SCALE,))
    page = files.results(PUBLISHED) / "gong2022.html"
    for _ in range(2):  # then what is there is kept
        published()
        assert re.findall(r'<img src="(data:image/svg\+xml;base64,)[\w+/=]+"', page.read_text(encoding="utf8"))
        wipe()
    assert not files.figures(PUBLISHED).exists() and not (files.results(PUBLISHED) / "records").exists()
    assert catalogue.status(catalogue.select(ID)[0], SCALE, None) == "done"


def test_a_tree_with_changes_is_refused_by_name(kit: Path, capsys: Any) -> None:
    (kit / "changed.py").write_text("x = 1\n")
    assert cli.main(["publish", "--scale", SCALE]) == 2
    assert "Not as committed: changed.py" in capsys.readouterr().err
    shutil.rmtree(kit / ".git")
    assert cli.main(["publish", "--scale", SCALE]) == 2
    assert "is no git checkout" in capsys.readouterr().err
    assert not files.results(PUBLISHED).exists()


def table(at: str, values: dict[str, tuple[Any, Any, Any]], verdict: str) -> None:
    """A made-up artifact: row -> value and its ends, and one verdict."""
    lines = [",".join(COLUMNS)]
    for row, (value, low, high) in values.items():
        cells = {"artifact": "p.t", "scale": SCALE, "row": row, "column": "set", "metric": "accuracy"}
        cells |= {"value": value, "low": low, "high": high}
        lines.append(",".join(str(cells.get(name, "")) for name in COLUMNS))
    files.write(files.results(at) / "tables/p.t.csv", "\n".join(lines) + "\n")
    files.write(files.results(at) / "tables/p.t.json", Passport("p.t", SCALE).to_json())
    files.write(files.results(at) / "claims/p.t.csv", f"claim_id,verdict\np.claim.order,{verdict}\n")


def test_verify_finds_every_changed_value_and_verdict(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(catalogue, "all_artifacts", lambda: (Artifact("T", "measured", "n.ipynb", id="p.t"),))
    assert cli.main(["verify", "p.t", "--scale", SCALE]) == 2
    table(PUBLISHED, {"a": (0.5, 0.4, 0.6), "b": (0.5, 0.4, 0.6), "c": (0.5, 0.4, 0.6), "d": (7, "", "")}, "undecided")
    same = {"a": (0.5, 0.4, 0.6), "d": (7, "", "")}
    table(SCALE, same | {"b": (0.63, 0.53, 0.73), "c": (0.65, 0.55, 0.75)}, "same direction")  # sqrt(0.02) apart: 0.141
    assert cli.main(["verify", "p.t", "--scale", SCALE]) == 1
    said = capsys.readouterr().out.splitlines()[0]
    assert said == (
        "p.t: 2 of 4 values equal to the digit; largest difference 0.15 (c, set, accuracy); 2 of 3 within the joint "
        "intervals; verdicts changed: order undecided -> same direction"
    )
    page = (files.results(SCALE) / "verify.md").read_text(encoding="utf8")
    assert "| p.t | b, set, accuracy | 0.63 | 0.5 |" in page and said.partition(": ")[2] in page


def test_real_data_that_are_not_here_are_known_by_what_is_published(home: Path, monkeypatch: Any) -> None:
    from repro.runs import NoData
    from repro.runs.ensure import ensure
    from repro.runs.fingerprint import fingerprint
    from repro.spec import Data

    monkeypatch.delenv("REPRO_DATA", raising=False)
    files.write(home / "results/published/mini/data.json", json.dumps({"arid": "ab" * 16}))
    assert fingerprint(Data("arid"), None) == "ab" * 16
    with pytest.raises(NoData, match="arid needs real files"):
        ensure([Run("train", "wei2025", data=Data("arid"))], engine="local:1")  # a key, and no record
    with pytest.raises(NoData), pack.standing(False):
        fingerprint(Data("arid"), None)
    files.write(home / "data/arid/clips/a.mp4", b"another")
    with pytest.raises(Usage, match="not those of the committed records: arid"):
        snapshot.data_of(catalogue.select("wei2025.table3"), "mini", home / "data")


def test_weights_of_what_runs_begin_from_travel_as_far_as_there_is_room(tmp_path: Path, monkeypatch: Any) -> None:
    """In the order of the plans; one that is too large leaves room for those after it."""
    plans = snapshot.Plans(runs={key: Run(seed=n) for n, key in enumerate("abcd")}, keep={"weights": set("abc")})
    for key, size in zip("abcd", (400, 800, 600, 100), strict=True):
        (tmp_path / key).mkdir()
        (tmp_path / key / "model.safetensors").write_bytes(bytes(size * 1024))
    monkeypatch.setattr(store, "load", lambda run, key: store.Record(key, run, tmp_path / key, {}, {}))
    monkeypatch.setattr(snapshot, "WEIGHTS", 1)
    assert snapshot.affordable(plans) == {"a", "c"}
