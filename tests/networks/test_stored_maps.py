"""The baselines of ou2019 on stored maps and with public weights: which half is read, what is
filled, what is refused.
"""

from typing import Any

import pytest
import torch

from repro.networks import beyond_short_snippets, composite_lstm, lrcn, ou2019, soft_attention, two_stream_fusion

HEADS: dict[Any, dict[str, Any]] = {
    beyond_short_snippets: {"hidden": 8, "layers": 1},
    composite_lstm: {"width": 2, "hidden": 8, "size": (64, 80)},
    soft_attention: {"hidden": 8, "layers": 1, "grid": (4, 5)},
    ou2019: {"width": 2, "hidden": 8, "size": (64, 80)},
}


@pytest.mark.parametrize("module", HEADS)
@pytest.mark.parametrize(("reads", "half"), [("rgb_maps", slice(16)), ("flow_maps", slice(16, None))])
def test_of_stored_maps_of_both_a_head_reads_the_half_that_it_is_told(module: Any, reads: str, half: slice) -> None:
    torch.manual_seed(0)
    clip = torch.rand(2, 32, 4, 4, 5)
    network = module.build(3, 32, reads=reads, **HEADS[module]).eval()
    logits, changed = network(clip)[0], clip.clone()
    changed[:, half] = 1
    assert not torch.allclose(network(changed)[0], logits)
    changed = torch.ones_like(clip)
    changed[:, half] = clip[:, half]
    assert torch.equal(network(changed)[0], logits)
    with pytest.raises(ValueError, match="wants"):
        module.build(3, 31, reads=reads, **HEADS[module])


def test_two_stream_fusion_reads_both_and_refuses_other_sizes() -> None:
    network = two_stream_fusion.build(3, 32, reads="maps", width=2, size=(64, 80)).eval()
    assert network(torch.rand(2, 32, 4, 4, 5))[0].shape == (2, 3)
    with pytest.raises(ValueError, match=r"maps \(h, w\) of size \(4, 5\); got \(4, 4\)"):
        network(torch.rand(2, 32, 4, 4, 4))
    with pytest.raises(ValueError, match="maps of both modalities; got 16"):
        two_stream_fusion.build(3, 16, reads="maps", width=2)


def test_fewer_poolings_leave_a_larger_map_and_sum_and_concatenation_have_no_weights() -> None:
    clip = torch.rand(2, 7, 3, 32, 40)
    depth = {"sum": 16, "concat": 32}
    for fusion, channels in depth.items():
        network = ou2019.build(3, 7, width=2, hidden=8, size=(32, 40), poolings=3, norm="bn", fusion=fusion).eval()
        inside = network(clip)[1]
        maps = [inside[f"{name}.conv13"] for name in ("rgb", "flow")]
        assert inside["fused"].shape == (2, channels, 3, 4, 5) and not list(network.fusion.parameters())
        wanted = maps[0] + maps[1] if fusion == "sum" else torch.cat(maps, dim=1)
        assert torch.equal(inside["fused"], wanted)


@pytest.mark.parametrize(
    ("module", "channels", "arguments", "backbones", "full"),
    [
        (lrcn, 3, {"backbone": "vgg", "hidden": 8}, ["backbone"], "full6.weight"),
        (composite_lstm, 3, {"hidden": 8}, ["backbone"], "full6.weight"),
        (two_stream_fusion, 7, {}, ["spatial", "temporal"], "temporal_tower.full6.weight"),
    ],
)
def test_public_weights_fill_backbones_and_fc6(
    module: Any, channels: int, arguments: dict[str, Any], backbones: list[str], full: str, vgg_file: dict[str, str]
) -> None:
    small = {"width": 4, "size": (32, 32)} | arguments
    given, before = (module.build(3, channels, **small, **weights).state_dict() for weights in (vgg_file, {}))
    theirs = ou2019.build(3, 3, width=4, size=(32, 32), fusion="none", **vgg_file).state_dict()
    assert torch.equal(given[full], theirs["fc6.weight"]) and not torch.equal(given[full], before[full])
    for backbone in backbones:
        assert torch.equal(given[f"{backbone}.convs.12.weight"], theirs["rgb.convs.12.weight"])
        first, kernel = given[f"{backbone}.convs.0.weight"], theirs["rgb.convs.0.weight"]
        mean = kernel.mean(1, keepdim=True).expand(-1, first.shape[1], -1, -1)
        assert torch.equal(first, kernel if first.shape == kernel.shape else mean)
