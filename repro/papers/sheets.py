"""Contact sheets of clips: one row of frames per class, and a table that names the clips."""

from repro.evidence.drawings import contact_sheet
from repro.evidence.tables import Row, tidy
from repro.papers.plan import ArtifactResult
from repro.runs.store import Record


def sheet(artifact: str, scale: str, record: Record, words: str, credit: str = "", more: str = "") -> ArtifactResult:
    """The sheet of a record under `words` that say what it shows. credit: whose clips they are, by
    default the data set's name; more: how they were chosen.
    """
    figure = contact_sheet(record.inside()["frames"], record.values["classes"], title=words).figure
    table = tidy(clips_shown(artifact, scale, record, words, credit))
    return ArtifactResult(table, figure, [], f"static: {words}; {more}nothing is measured", frames=True)


def clips_shown(artifact: str, scale: str, record: Record, note: str = "", credit: str = "") -> list[Row]:
    """Rows of the table of a contact sheet: the clip shown of each class."""
    values, data = record.values, record.run.clip_data
    row: Row = {"artifact": artifact, "scale": scale, "column": "clip shown", "metric": "name", "note": note}
    row["data"] = credit or data.name + " (generated)" * data.generated
    clips = zip(values["classes"], values["names"], strict=True)
    return [row | {"row": name, "value": clip} for name, clip in clips]
