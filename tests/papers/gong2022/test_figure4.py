"""Figure 4: printed values, the weights of every seed, and the graph that a network was trained
with.
"""

from typing import Any

import numpy as np
import pytest
import torch
from drawn import crossing, width, words
from gong import record

from repro.nn.consistency import Consistency
from repro.papers.gong2022 import figure4
from repro.papers.gong2022.graph import FRAMES, SIDE, Graph, graph, weights_at
from repro.papers.plan import Done
from repro.spec import Clips, Data, Recipe, Run, options

MODULE = {"graph_metric": "metric", "graph_radius": "radius", "geom_eps": "eps", "self_loop": "self_loop"}


def trained(seed: int = 0, frames: int = 6, modalities: tuple[str, ...] = ("rgb", "flow"), **arguments: Any) -> Any:
    """A training whose kernels are those of fresh STC modules."""
    torch.manual_seed(seed)
    chosen = {MODULE[name]: value for name, value in arguments.items() if name in MODULE}
    with torch.no_grad():
        tensors = {f"0/{name}.kernel": Consistency(**chosen).kernel(frames).half().numpy() for name in modalities}
    data, given = Data("actions", clips=Clips(input="both", flow_stack=4)), options(frames=frames, **arguments)
    run = Run(network="gong2022", arguments=given, data=data, recipe=Recipe(epochs=8), seed=seed)
    return Done(run, record=record(run, 0.5, tensors=tensors))


def test_it_has_the_printed_values_and_every_seed() -> None:
    done = [trained(seed) for seed in range(3)]
    result = figure4.draw(done, "laptop")
    table = result.table.set_index(["row", "column"])
    assert table.at[("3 cells apart along x or y", "geometry"), "value"] == pytest.approx(-1.10, abs=5e-3)
    for column in ("colour", "flow", "equal weights"):
        for axis, what in (("x", "cell"), ("y", "cell"), ("t", "frame")):
            shares = [table.at[(f"{n} {what}{'s' * (n != 1)} away along {axis}", column), "value"] for n in range(3)]
            assert sum(shares) == pytest.approx(1, abs=1e-6)
    assert table.at[("entropy (1: all equal)", "equal weights"), "value"] == pytest.approx(1)
    assert table.at[("the cell itself", "equal weights"), "value"] == pytest.approx(1 / 125)
    kernels = [planned.record.inside()["0/rgb.kernel"].astype(float) for planned in done]
    seeds = [float(value) for value in table.at[("the cell itself", "colour"), "seed_values"].split(";")]
    assert seeds == pytest.approx([kernel[2, 2, 2] / kernel.sum() for kernel in kernels], rel=1e-4)
    (claim,) = result.claims
    assert (claim["claim_id"], claim["verdict"]) == ("gong2022.claim.geometry-decreases", "stands")
    assert "6.91, 0.00, \N{MINUS SIGN}0.69" in claim["ours"] and "3 seeds" in result.protocol


RULES = [{}, {"self_loop": False}, {"graph_radius": 1, "geom_eps": 0.1}]


@pytest.mark.parametrize("arguments", [*RULES, *({"graph_metric": metric} for metric in ("manhattan", "euclidean"))])
def test_weights_drawn_are_those_of_the_module_at_every_cell(arguments: dict[str, Any]) -> None:
    """At borders too: the dense weights of the STC module are the reference."""
    torch.manual_seed(1)
    rules, shape = graph(trained(frames=4, **arguments).run), (4, 3, 5)
    module = Consistency(rules.metric, rules.radius, rules.self_loop, eps=rules.eps)
    with torch.no_grad():
        dense, kernel = module.weights(*shape).numpy(), module.kernel(4).numpy()
    for number, cell in enumerate(np.ndindex(*shape)):
        weights = weights_at(kernel, shape, cell)
        np.testing.assert_allclose(weights.ravel(), dense[number], atol=1e-6)
        np.testing.assert_array_equal(weights > 0, rules.among(shape, cell))


def test_the_first_seed_is_drawn_on_its_own_frames() -> None:
    done = [trained(3, frames=4), trained(4, frames=4)]
    figure = figure4.draw(done, "laptop").figure
    text = words(figure)
    assert "frame 4" in text and "frame 5" not in text
    assert "seed 3" in text and "2 seeds trained, the first is shown" in text
    images = [part.images[0].get_array() for part in figure.axes[0].child_axes if part.images]
    assert len([image for image in images if image.shape == (SIDE, SIDE)]) == 3 * 4
    assert crossing(figure) == [] and width(figure) < 7.6


def test_a_graph_is_read_from_the_arguments() -> None:
    assert graph(trained().run) == Graph() == Graph(FRAMES, 2, "chebyshev", 1e-3, True)
    run = trained(frames=3, graph_radius=1, graph_metric="euclidean", geom_eps=0.5, self_loop=False).run
    assert graph(run) == Graph(3, 1, "euclidean", 0.5, False) and graph(run).grid == (3, 7, 7)
