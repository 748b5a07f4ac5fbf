"""The commands on records that travel: draw from them, compare with them, publish them."""

from tyro.conf import Positional

from repro import files
from repro.reader import text
from repro.reader.usage import Scale, Usage, What, checked, select


def redraw(what: Positional[What] = ("all",), scale: Scale = "laptop") -> int:
    """Draw every table and figure whose records are all there, made here or committed, and the
    page; nothing is trained.

    Args:
        what: `all`, papers (wei2025) or artifacts (wei2025.table3).
        scale: the scale.
    """
    from repro.reader import redrawing, report

    chosen, root = select(what), files.data_root()
    left = redrawing.redraw(chosen, checked(scale), root)
    for name, reason in left.items():
        print(f"{name} is left out: {reason}")
    print(f"{len(chosen) - len(left)} of {len(chosen)} drawn; {report.write(scale, root)}")
    return 0


def verify(what: Positional[What] = ("all",), scale: Scale = "laptop") -> int:
    """Compare what was trained here with what is committed, table by table, and write the page
    results/<scale>/verify.md. The exit code is 1 when a verdict is another one.

    Args:
        what: `all`, papers (wei2025) or artifacts (wei2025.table3).
        scale: the scale.
    """
    from repro.reader import comparison

    found = [comparison.compare(artifact.id, checked(scale)) for artifact in select(what)]
    compared = [one for one in found if one]
    if not compared:
        raise Usage(
            f"No table of these is both made here and committed. `repro run {what[0]} --scale {scale}` makes them."
        )
    for one in compared:
        print(f"{one.artifact}: {one.words()}")
    print(comparison.write(compared, scale))
    return int(any(one.verdicts for one in compared))


def publish(what: Positional[What] = ("all",), scale: Scale = "laptop") -> int:
    """Write what is done here into the committed snapshot, results/published/<scale> and
    figures/published/<scale>: tables, figures, verdicts, the page, and above laptop slim records,
    also of artifacts that are not done yet. What is not here stays as it is committed.

    Args:
        what: `all`, papers (wei2025) or artifacts (wei2025.table3).
        scale: the scale.
    """
    from repro.reader import snapshot
    from repro.runs import pack

    chosen = select(what)
    snapshot.check_tree()
    done = snapshot.write(chosen, checked(scale), files.data_root())
    packs = sorted((files.results(snapshot.place(scale)) / "records").glob("*.zip"))
    rows = [(path.stem, len(pack.listed(path)), f"{path.stat().st_size / snapshot.MIB:.2f}") for path in packs]
    if rows:
        text.table(("records of", "number", "MiB"), rows)
    print(f"{len(done)} of {len(chosen)} artifacts are done here and published; the others stay as they are committed.")
    sizes, limits = snapshot.sizes(), snapshot.LIMITS
    print("All scales, MiB: " + ", ".join(f"{name} {size:.2f} of {limits[name]}" for name, size in sizes.items()))
    if large := [name for name, size in sizes.items() if size > limits[name]]:
        raise Usage(f"Too large to be committed: {', '.join(large)}. Publish less, or keep less of each record.")
    return 0
