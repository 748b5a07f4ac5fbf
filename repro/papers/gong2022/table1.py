"""Table 1: training settings as printed, beside those of our network at each scale."""

from repro.evidence.tables import Row, static_row, tidy
from repro.papers import folder
from repro.papers.gong2022.settings import at
from repro.papers.gong2022.structure import artifact
from repro.papers.gong2022.trainings import trained
from repro.papers.plan import ArtifactResult, Done, no_runs

ID = "gong2022.table1"
ARTIFACT = artifact(
    "Settings of the training",
    "definition",
    claim="AdamW at 0.008 and 0.012, 100 epochs, batches of 128 videos on eight cards.",
)
ELSEWHERE = "in the passport of every number"
plan = no_runs


def draw(done: list[Done], scale: str) -> ArtifactResult:
    """Printed settings, and those of our network on what stands for both data sets. In reported.csv
    the data set names the row.
    """
    rows: dict[tuple[str, str], Row] = {}
    for (table, heading, name), text in folder.reported("gong2022").items():
        if table == ID:
            printed = float(text) if text.replace(".", "").isdigit() else text
            rows[name, heading] = static_row(ID, scale, name, heading, "setting", None, printed)
    for heading, (data, *_) in (at(scale).first, at(scale).second):
        run = trained(scale, data, 0)
        recipe = run.recipe
        stated = {"lr": recipe.lr, "epochs": recipe.epochs, "batch_size": recipe.batch, "optimizer": recipe.optimiser}
        stated |= {"gpu": ELSEWHERE, "platform": ELSEWHERE}
        missing = {"weight decay": recipe.weight_decay, "schedule": recipe.schedule, "epochs of warm-up": recipe.warmup}
        missing |= {"gradient cut at norm": recipe.clip, "augmentation": ", ".join(recipe.augment)}
        missing["segments x frames in training"] = "x".join(map(str, data.clips.segments))
        missing["loss"] = "cross-entropy of the averaged answer"
        for name, value in (stated | missing).items():
            note = "not given in the paper" if name in missing else ""
            row = static_row(ID, scale, name, heading, "setting", value, note=note)
            rows[name, heading] = rows.get((name, heading), row) | {"value": value}
    return ArtifactResult(tidy(rows.values()), None, [], f"{scale}: settings, nothing is measured")
