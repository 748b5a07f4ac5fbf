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
from repro.papers.gong2022.graph import FRAMES, SIDE, Graph, counts, graph, relearned, smoothing, weights_at
from repro.papers.plan import Done
from repro.spec import Clips, Data, Recipe, Run, options
from results import claimed

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
    assert claimed(result) == {"geometry-decreases": "stands", "stc-only-is-weighted-pool": "stands"}
    assert "6.91, 0.00, \N{MINUS SIGN}0.69" in result.claims[0]["ours"] and "3 seeds" in result.protocol
    values = "6.91, 0.00, -0.69, -1.10, -1.39, -1.61, -1.79 at 0 to 6 cells; 6.91, 1.79, 1.10, 0.69, 0.40, 0.18 at"
    assert values in result.claims[0]["reason"]  # decision G1
    assert "0.48 to 1.73" in result.claims[1]["reason"]
    even = "equal weights, the paper's radius"
    assert table.at[(even, "standard deviation"), "value"] == pytest.approx(0.29, abs=5e-3)


def test_a_hand_worked_mean() -> None:
    """Three nodes in a row, a kernel of three: 1/3 each in the middle, 1/2 each at the ends."""
    kernel, shape = np.zeros((3, 3, 3)), (1, 1, 3)
    kernel[1, 1] = 1 / 3
    rows = [[1 / 2, 1 / 2, 0], [1 / 3, 1 / 3, 1 / 3], [0, 1 / 2, 1 / 2]]
    np.testing.assert_allclose(smoothing(kernel, shape), rows)
    np.testing.assert_allclose(counts(kernel, shape), [[[5 / 6, 4 / 3, 5 / 6]]])


def test_the_mean_behind_the_network_s_own_stc_is_this_weighted_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    part, residual, shape = Consistency(), Consistency(residual=True), (4, 5, 3)
    x = torch.randn(2, *shape, 7)
    with torch.no_grad():
        weights = torch.from_numpy(counts(part.kernel(4).double().numpy(), shape))
        mean = part(x).mean((1, 2, 3))
        residual.load_state_dict(part.state_dict())
        apart = (residual(x).mean((1, 2, 3)) - mean).abs().max()
    np.testing.assert_allclose(mean, (x * weights[..., None]).mean((1, 2, 3)), atol=1e-5)
    assert apart > 1e-3  # a residual ends the identity
    monkeypatch.setattr(figure4.g, "difference", lambda *_: 1e-3)
    assert claimed(figure4.draw([trained()], "laptop"))["stc-only-is-weighted-pool"] == "falls"


def test_learned_w_p_and_w_g_weigh_any_other_graph_as_the_module_would() -> None:
    done, other = trained(1), Graph(4, 1, "manhattan", 0.1, False)
    torch.manual_seed(1)
    own = Consistency()
    relation = torch.cat([own.project.weight, own.score.weight.T], 1).detach().numpy()
    done.record.tensors["0/rgb.relation"] = relation
    module = Consistency("manhattan", 1, False, eps=0.1)
    module.load_state_dict(own.state_dict())
    with torch.no_grad():
        np.testing.assert_allclose(relearned(done.record, other)["colour"], module.kernel(4).numpy(), atol=1e-6)


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
    images = [part.images[0].get_array() for part in figure.axes if part.images]
    assert len([image for image in images if image.shape == (SIDE, SIDE)]) == 3 * 4
    assert crossing(figure) == [] and width(figure) < 7.6


def test_a_graph_is_read_from_the_arguments() -> None:
    assert graph(trained().run) == Graph() == Graph(FRAMES, 2, "chebyshev", 1e-3, True)
    run = trained(frames=3, graph_radius=1, graph_metric="euclidean", geom_eps=0.5, self_loop=False).run
    assert graph(run) == Graph(3, 1, "euclidean", 0.5, False) and graph(run).grid == (3, 7, 7)
