"""The artifacts that show what others wrote: the ledger, the audit, what is unsaid."""

from typing import Any

import pytest

from repro import files
from repro.across import audit, ledger, silence
from repro.across.squares import Line
from repro.evidence.verdicts import WORDS
from repro.papers import catalogue, folder
from repro.papers.ackerly2025 import settings as ackerly
from repro.papers.gong2022 import settings as gong
from repro.papers.ou2019 import settings as ou
from repro.papers.wei2025 import settings as wei

STATED = {"ackerly2025": ackerly.STATED, "gong2022": gong.STATED, "ou2019": ou.STATED, "wei2025": wei.STATED}


@pytest.fixture
def judged() -> None:
    """Three verdicts of different scales, and what one claim could see."""
    head = "claim_id,verdict,ours,reason\n"
    written = {
        ("overnight", "wei2025.table3"): "wei2025.claim.ablation-order,opposite,x,Contradicted: it.\n",
        ("mini", "ou2019.sensitivity"): "ou2019.claim.T-matters,undecided,x,The interval includes zero.\n",
        ("laptop", "gong2022.prose"): "gong2022.claim.k400-vs-tsn,falls,x,94.4 - 91.5 = 2.9. Stated 3.9.\n",
    }
    for (scale, name), line in written.items():
        files.write(files.results(scale) / "claims" / f"{name}.csv", head + line)
    files.write(files.results("overnight") / "power.csv", "claim_id,sees\nwei2025.claim.ablation-order,0.04\n")
    catalogue._verdicts.cache_clear()


def values(result: Any, row: str, column: str) -> list[Any]:
    table = result.table
    return list(table[(table["row"] == row) & (table["column"] == column)]["value"])


def words(laid: list[Line]) -> dict[tuple[str, str], list[str]]:
    """The verdicts of each line that has squares."""
    return {(line.paper, line.heading): [claim["verdict"] for claim in line.claims] for line in laid if line.heading}


@pytest.mark.usefixtures("judged")
def test_the_ledger_shows_every_claim_once_a_scale_with_verdict_and_power() -> None:
    claims = [claim | {"sees": {}} for claim in catalogue.claims()]
    lines = words(ledger.laid_out(claims, ["laptop", "overnight", "mini", "paper"]))
    assert lines["wei2025", "Measured, overnight"].count("opposite") == 1
    assert ("wei2025", "Measured, paper") not in lines, "nothing was judged there"
    measured = sum(claim["kind"] == "measured" for claim in claims)
    assert sum(len(words) for (_, what), words in lines.items() if what == "Measured, mini") == measured
    result = ledger.draw([], "laptop")
    name = "wei2025.claim.ablation-order"
    assert values(result, name, "overnight") == ["opposite", 0.04] and values(result, name, "kind") == ["measured"]


def test_lines_are_in_the_order_of_the_words_and_power_is_in_margins() -> None:
    claims = [
        {"claim_id": f"p.claim.{i}", "statement": "x", "kind": "measured", "margin": "0.02", "sees": {"mini": 0.04},
         "verdicts": {"mini": {"verdict": word}}}
        for i, word in enumerate(reversed(WORDS))
    ]  # fmt: skip
    assert words(ledger.laid_out(claims, ["mini"])) == {("p", "Measured, mini"): list(WORDS)}
    points = [*ledger.with_power(claims)]
    assert {ratio for _, ratio, _ in points} == {2.0} and len(points) == len(WORDS) - 1, "one was not tested"


@pytest.mark.usefixtures("judged")
def test_the_audit_shows_the_sum_or_how_to_make_it() -> None:
    found = {each["claim_id"]: each for each in audit.audited("laptop")}
    assert found["gong2022.claim.k400-vs-tsn"]["sum"] == "94.4 - 91.5 = 2.9. Stated 3.9."
    assert found["gong2022.claim.k400-vs-tsn"]["word"] == "falls"
    assert found["gong2022.claim.k400-vs-tsm"]["sum"].endswith("repro run gong2022.prose --scale laptop")
    assert found["gong2022.claim.k400-best"]["statement"] == "Added by us: best method on Kinetics-400"
    assert audit.draw([], "laptop").protocol.endswith("of 1 that were summed anew 0 hold")


def test_every_arithmetic_claim_is_audited_once() -> None:
    asked = [row["claim_id"] for row in folder.rows(audit.QUESTIONS)]
    sums = {claim["claim_id"] for claim in catalogue.claims() if claim["kind"] == "arithmetic"}
    assert len(set(asked)) == len(asked) and sums <= set(asked)


def test_what_is_unsaid_covers_all_papers_alike_and_names_known_claims() -> None:
    rows, claims = folder.rows(silence.TABLE), {claim["claim_id"] for claim in catalogue.claims()}
    items = [{row["item"] for row in rows if row["paper"] == paper} for paper in STATED]
    common = set.intersection(*items)
    assert len(common) >= 20 and {row["state"] for row in rows} == set(silence.STATES)
    assert {row["switch"] for row in rows} - {""} <= claims


@pytest.mark.parametrize("paper", STATED)
def test_our_choices_are_those_that_the_paper_scale_trains_with(paper: str) -> None:
    """Of settings that the paper does not give."""
    recipe = STATED[paper]
    ours = {"optimiser": recipe.optimiser, "batch": recipe.batch, "epochs": recipe.epochs, "learning rate": recipe.lr}
    ours |= {"weight decay": recipe.weight_decay, "warm-up": recipe.warmup, "gradient clipping": recipe.clip}
    for row in folder.rows(silence.TABLE):
        if row["paper"] == paper and row["state"] == "guessed" and row["item"] in ours:
            said = row["choice"].split(" epochs")[0].lower().replace("none", "0")
            assert said == ours[row["item"]] or float(said) == ours[row["item"]], row


@pytest.mark.usefixtures("judged")
def test_a_switch_shows_what_came_at_the_scale_or_that_nothing_did() -> None:
    mini, overnight = (silence.draw([], scale) for scale in ("mini", "overnight"))
    row = "ou2019, clip length"
    assert values(mini, row, "effect at mini") == ["undecided. The interval includes zero."]
    assert values(overnight, row, "effect at overnight") == ["not measured: repro run ou2019.sensitivity"]


@pytest.mark.usefixtures("judged")
def test_a_new_verdict_stales_what_reads_it_and_nothing_else() -> None:
    def marks() -> list[str]:
        chosen = [catalogue.select(name)[0] for name in ("across.ledger", "wei2025.table2")]
        return [catalogue.artifact_fingerprint(artifact, "laptop", 0, None) for artifact in chosen]

    (ledger_before, other_before) = marks()
    files.write(files.results("smoke") / "claims" / "wei2025.table4.csv", "claim_id,verdict\n")
    assert marks() == [ledger_before, other_before], "smoke judges nothing"
    files.write(files.results("mini") / "claims" / "wei2025.table4.csv", "claim_id,verdict\n")
    ledger_after, other_after = marks()
    assert ledger_after != ledger_before and other_after == other_before


def test_the_explore_cell_of_the_ledger_filters(shown: list[Any]) -> None:
    box = ledger.explore_claims("laptop")
    paper, kind, *_, words, _, _ = box.children
    paper.value, kind.value = "across", "measured"
    assert words.value.count("<tr>") == 1 + len(folder.claims("across")) and shown
