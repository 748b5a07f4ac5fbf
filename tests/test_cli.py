"""The `repro` command: what it prints, its exit codes, and that reading loads nothing heavy."""

import json
import signal
import subprocess
from pathlib import Path

import pytest
from commands import REPRO, loaded

from repro import batch, cli, files
from repro.papers import catalogue, folder
from repro.runs import NoData, RunFailed, store
from repro.runs.key import key
from repro.spec import Run

HEAVY = ("torch", "pandas", "matplotlib", "numpy", "scipy", "sklearn", "cv2", "av", "jinja2", "papermill")


def made(seed: int = 1, name: str = "") -> Path:
    """A record on disk."""
    run = Run(task="cost", network="wei2025", seed=seed)
    place = store.begin(run, name or key(run, None))
    store.finish(place, {"parameters": 28651013}, {"seconds": 2.0})
    return place


def heavy(words: list[str]) -> list[str]:
    """Which of HEAVY a command loads that ends well."""
    run = f"try:\n    code = main({words!r})\nexcept SystemExit as leave:\n    code = leave.code"
    return sorted(loaded(f"from repro.cli import main\n{run}\nassert code == 0") & {*HEAVY})


@pytest.mark.parametrize("words", ["--help", "show", "clean"])
def test_commands_that_read_records_load_nothing_heavy(words, home):
    assert heavy([words, made().name] if words == "show" else [words]) == []


def test_listing_loads_no_torch_and_nothing_heavy_once_it_was_asked(home):
    first = {"torch", "av", "cv2", "papermill", "jinja2"} & set(heavy(["list"]))
    assert first == set()
    assert heavy(["list", "--json"]) == heavy(["claims"]) == []
    assert not {"torch", "papermill", "jinja2"} & set(heavy(["plan", "all", "--scale", "smoke"]))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("lst", "Did you mean list"), ("list wei2026", "Did you mean wei2025"),
        ("plan wei2025.tabel3", "wei2025.table3"), ("run all --scale labtop", "Did you mean laptop"),
        ("report --scale labtop", "Did you mean laptop"), ("claims --scale minni", "Did you mean mini"),
        ("claims wei2026", "Did you mean wei2025"), ("claims cda-gian", "Did you mean cda-gain"),
        ("claims xyzzy", "`repro claims` shows all claims"), ("run all --engine slurm", "Known: local:N"),
        ("explain nothing.png", "no file nothing.png"), ("show 0123", "No finished run is called '0123'"),
        ("predict 0123 film.mp4", "No finished run is called '0123'"),
        ("data build arid", "where it goes: repro data build NAME FOLDER --out DATA"),
        ("data check arid clips", "repro data check folder clips"),
    ],
)  # fmt: skip
def test_wrong_names_end_with_two_and_a_suggestion(words, said, capsys):
    assert cli.main(words.split()) == 2
    out, err = capsys.readouterr()
    assert said in err
    assert out == ""


@pytest.mark.parametrize("words", ["list --colour", "run --seeds three", "data", "data mend", "explain"])
def test_wrong_options_end_with_two(words):
    with pytest.raises(SystemExit) as leave:
        cli.main(words.split())
    assert leave.value.code == 2


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_has_help(name, capsys):
    with pytest.raises(SystemExit) as leave:
        cli.main([name, "--help"])
    assert leave.value.code == 0
    assert cli.COMMANDS[name].__doc__.splitlines()[0][:30] in capsys.readouterr().out


def test_list_shows_every_artifact_at_every_scale(capsys):
    assert cli.main(["list"]) == 0
    printed = capsys.readouterr().out
    assert all(artifact.id in printed for artifact in catalogue.all_artifacts())
    assert cli.main(["list", "wei2025.table3", "--scale", "laptop", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["id"] == "wei2025.table3"
    assert row["status"] == {"laptop": "missing"}
    assert row["left"] == {"laptop": "not made: repro run wei2025.table3 --scale laptop"}


def test_plan_counts_shared_runs_once(capsys):
    assert cli.main(["plan", "wei2025.table1", "wei2025.table3", "--scale", "smoke", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["scale"] == "smoke"
    assert [row["id"] for row in found["artifacts"]] == ["wei2025.table1", "wei2025.table3"]
    runs = {run for a in catalogue.select("wei2025.table1,wei2025.table3") for run in catalogue.runs(a, "smoke")}
    assert found["total"]["runs"] == len(runs) == found["total"]["missing"]


def decided(verdict: str = "undecided", reason: str = "The interval includes zero.") -> None:
    """A ledger with one verdict, at mini."""
    head = ("claim_id", "kind", "statement", "paper", "ours", "low", "high", "verdict", "reason", "artifact")
    said = ("wei2025.claim.ablation-order", "measured", "dense < both", "78.5<95.8")
    claim = (*said, "0.12", "0.02", "0.20", verdict, reason, "wei2025.table3")
    row = dict(zip(head, claim, strict=True))
    files.write(files.results("mini") / "claims" / "wei2025.table3.csv", folder.as_csv([row], head))


@pytest.fixture
def fresh_ledger():
    """Verdicts are read from disk anew, before and after."""
    catalogue._verdicts.cache_clear()
    yield
    catalogue._verdicts.cache_clear()


def test_claims_say_why(capsys, fresh_ledger):
    decided()
    assert cli.main(["claims", "ablation-order"]) == 0
    said = capsys.readouterr().out
    assert "dense < sparse < both" in said  # the statement as the ledger has it
    assert "0.12 [0.02, 0.20]" in said and "The interval includes zero." in said
    assert cli.main(["claims", "ablation-order", "--scale", "laptop"]) == 0
    said = capsys.readouterr().out
    assert "not tested here" in said and "wei2025.table3: not made: repro run wei2025.table3 --scale laptop" in said
    assert cli.main(["claims", "ou2019.claim.best-ucf11", "--scale", "overnight"]) == 0
    assert "ou2019.table2 is run at smoke, laptop, mini, paper, not at overnight" in capsys.readouterr().out
    assert cli.main(["claims", "wei2025", "--json"]) == 0
    row = next(row for row in json.loads(capsys.readouterr().out) if row["claim_id"] == "wei2025.claim.ablation-order")
    assert row["verdicts"]["mini"]["reason"] == "The interval includes zero."
    assert sorted(row["untested"]) == ["laptop", "overnight", "paper", "smoke"]


def test_claims_of_an_artifact_or_by_a_part_of_the_name(capsys):
    named = {"wei2025.table3": {"ablation-order", "cda-gain"}, "cda-gain avg-before": {"cda-gain", "avg-before"}}
    for words, some in named.items():
        assert cli.main(["claims", *words.split(), "--json"]) == 0
        assert {row["claim_id"].rpartition(".")[2] for row in json.loads(capsys.readouterr().out)} == some


def test_a_claim_whose_data_are_absent_says_which(capsys, monkeypatch):
    monkeypatch.delenv("REPRO_DATA", raising=False)
    assert cli.main(["claims", "ablation-order", "--scale", "paper"]) == 0
    assert "wei2025.table3: needs hmdb51, ucf101: repro data check" in capsys.readouterr().out
    assert cli.main(["list", "wei2025.table3", "--scale", "mini"]) == 0
    assert "needs arid, surv_fight: repro data check" in capsys.readouterr().out


@pytest.mark.parametrize("columns", [80, 120, 200])
@pytest.mark.parametrize("command", ["claims", "list"])
def test_long_texts_fit_the_terminal(command, columns, capsys, monkeypatch, fresh_ledger):
    rows = ", ".join(f"row {n} on set 0.62 [0.45, 0.77]" for n in range(20))
    decided(reason=(reason := f"At chance: {rows}; a network there cannot be ranked."))
    monkeypatch.setenv("COLUMNS", str(columns))
    assert cli.main([command, "wei2025"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= columns
    if command == "claims":
        start = lines[0].index("reason")
        told = " ".join(line[start:].strip() for line in lines[2 : lines.index("", 2)])
        assert told.replace(" ", "") == reason.replace(" ", "")


def test_in_a_pipe_a_claim_is_one_line(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert cli.main(["claims"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(catalogue.claims())


def test_claims_of_one_verdict_alone(capsys, monkeypatch):
    ledger = [dict(row, verdicts={}) for row in catalogue.claims() if row["paper"] == "wei2025"][:3]
    ledger[1]["verdicts"] = {"mini": {"verdict": "falls"}, "overnight": {"verdict": "opposite"}}
    ledger[2]["verdicts"] = {"mini": {"verdict": "undecided"}}
    monkeypatch.setattr(catalogue, "claims", lambda *_: ledger)
    assert cli.main(["claims", "wei2025", "--verdict", "falls", "--json"]) == 0
    assert [row["claim_id"] for row in json.loads(capsys.readouterr().out)] == [ledger[1]["claim_id"]]
    assert cli.main(["claims", "--verdict", "fals"]) == 2 and "Did you mean falls?" in capsys.readouterr().err


def test_explain_prints_the_passport(capsys, tmp_path):
    (tmp_path / "a.csv").write_text("x")
    stamp = {"artifact": "wei2025.table3", "scale": "mini", "command": "repro run wei2025.table3"}
    (tmp_path / "a.json").write_text(json.dumps(stamp))
    assert cli.main(["explain", str(tmp_path / "a.csv")]) == 0
    assert "repro run wei2025.table3" in capsys.readouterr().out
    assert cli.main(["explain", str(tmp_path / "a.csv"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["artifact"] == "wei2025.table3"


def test_data_check_without_files(monkeypatch, capsys):
    monkeypatch.delenv("REPRO_DATA", raising=False)
    assert cli.main(["data", "check", "arid"]) == 2
    out = capsys.readouterr().out
    assert "REPRO_DATA is not set" in out
    assert "download: https://" in out
    assert cli.main(["data", "check"]) == 0
    assert cli.main(["data", "check", "actions"]) == 0
    assert "needs no files" in capsys.readouterr().out
    assert cli.main(["data", "check", "aird"]) == 2
    assert "Known: " in capsys.readouterr().err


def test_show_takes_a_key_its_beginning_or_a_folder(capsys):
    folder = made().name
    own = folder.rpartition("-")[2]
    for name in (folder, own, own[:6], f"results/runs/{folder}/"):
        assert cli.main(["show", name]) == 0
        assert "28651013" in capsys.readouterr().out
    made(2, "a" * 16)
    made(3, "a" * 15 + "b")
    assert cli.main(["show", "aaaa"]) == 2
    assert "beginning of 2 runs" in capsys.readouterr().err


def test_clean_asks_first(monkeypatch, capsys):
    good, old = made(), made(2, "a" * 16)
    assert cli.main(["clean"]) == 2  # nobody to ask
    assert "Nothing was removed" in capsys.readouterr().err
    monkeypatch.setattr(cli.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: "n")
    assert cli.main(["clean"]) == 0
    assert old.exists()
    monkeypatch.setattr("builtins.input", lambda question: "y")
    assert cli.main(["clean"]) == 0
    assert not old.exists()
    assert good.exists()
    assert cli.main(["clean", "--yes"]) == 0
    assert "Nothing is stale" in capsys.readouterr().out


def test_run_gives_everything_to_the_batch(monkeypatch):
    asked = {}

    def run(artifacts, scale, **rest) -> int:
        asked.update(rest, ids=[artifact.id for artifact in artifacts], scale=scale)
        return 0

    monkeypatch.setattr(batch, "run", run)
    words = "--scale mini --seeds 4 --engine local:1 --device cpu --dry-steps 2 --force"
    assert cli.main(["run", "wei2025.table1", "wei2025.table3", *words.split()]) == 0
    given = {"scale": "mini", "seeds": 4, "engine": "local:1", "device": "cpu", "dry_steps": 2, "force": True}
    assert asked == {"ids": ["wei2025.table1", "wei2025.table3"], **given, "partial": False}


@pytest.mark.parametrize(
    ("happens", "code"),
    [(RunFailed("one failed"), 1), (NoData("arid needs files"), 2), (KeyboardInterrupt(), 130), (SystemExit(143), 143)],
)
def test_exit_codes(monkeypatch, happens, code, capsys):
    def run(*_: object, **__: object) -> int:
        raise happens

    monkeypatch.setattr(batch, "run", run)
    assert cli.main(["run", "wei2025"]) == code
    said = capsys.readouterr().err
    assert (str(happens) if code < 3 else "the same command goes on from there") in said


def test_a_time_limit_stops_as_ctrl_c_does_and_is_over_afterwards(monkeypatch, capsys):
    def run(*_: object, **__: object) -> int:
        while True:
            signal.pause()  # until the limit's own signal

    monkeypatch.setattr(batch, "run", run)
    before = signal.getsignal(signal.SIGALRM)
    assert cli.main(["run", "wei2025", "--time-limit", "0.001"]) == 3
    assert "the same command goes on from there" in capsys.readouterr().err
    assert (signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)) == (before, (0.0, 0.0))
    assert cli.main(["run", "wei2025", "--time-limit", "-1"]) == 2


def test_a_reader_that_goes_away_is_no_error():
    process = subprocess.Popen([*REPRO, "claims"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 0
