"""gong2022: printed sizes and costs, eq. (11)-(14), what each switch does, backbones from
elsewhere.
"""

from math import log

import pytest
import torch
from full_size import full_size
from torch import Tensor
from torchvision.models.resnet import Bottleneck, ResNet

from repro.networks import tsn
from repro.networks.gong2022 import (
    Config,
    CrossAttention,
    DetailFusion,
    MultimodalFusion,
    build,
    load_backbone,
    on_what_moves,
)

SMALL = {"width": 8, "blocks": (1, 1, 1, 1), "halvings": 3, "frames": 4}
D, L = 256, 2  # channels of the last map at width 8, flow fields
BOTH = 3 + 2 * L
ALONE = {"mff": False}


def clips(channels: int = BOTH, frames: int = 8) -> Tensor:
    torch.manual_seed(1)
    return torch.randn(2, channels, frames, 32, 32)


def made(channels: int = BOTH, classes: int = 5, **arguments: object) -> DetailFusion:
    torch.manual_seed(0)
    return build(classes, channels, **SMALL | arguments)


def full(segments: int = 1, **arguments: object) -> dict:
    """Costs at the paper's size: segments of 6 frames of 224 x 224, five flow fields, 400
    classes.
    """
    return full_size("gong2022", 400, (13, 6 * segments, 224, 224), **arguments)


BEYOND_THREE = 49 * (10 - 3) * 64 * 112 * 112  # MACs of flow's first convolution beyond three channels, a frame
PLACES = 6 * 7 * 7  # of a segment
DENSE = 2 * PLACES**2 * 2048  # MACs of STC of both modalities, each as one product with s
MFF = 4 * PLACES**2 * 2048  # MACs of both directions, without projections
SHALLOW = {"blocks": (1, 1, 1, 1)}  # costs the same after the backbones


def test_printed_cost_is_one_backbone_of_one_segment() -> None:
    cost = full()
    by = {row["module"]: row for row in cost["modules"]}
    rgb, stc = by["rgb"]["macs"], by["stc.rgb"]["macs"]
    assert [round(rgb / 6e9, 2), round(rgb / 1e9, 1), round(2 * rgb / 1e9, 1)] == [7.80, 46.8, 93.6]
    assert by["flow"]["macs"] - rgb == 6 * BEYOND_THREE and round(6 * BEYOND_THREE / 1e9, 2) == 1.65
    assert round(DENSE / 1e9, 2) == 0.35 and round((2 * rgb + DENSE + MFF) / 1e9, 1) == 94.7
    assert 2 * stc < DENSE / 2  # a sum over 125 offsets instead
    assert by["stc.rgb"]["parameters"] == by["stc.flow"]["parameters"] == 128
    assert cost["parameters"] == 2 * 42_500_160 + 49 * 7 * 64 + 2 * 2049 * 400 + 2 * 128
    assert cost["shapes"]["rgb.map"] == cost["shapes"]["flow.stc"] == cost["shapes"]["rgb.mff"] == [2048, 6, 7, 7]


def test_a_video_costs_all_its_segments() -> None:
    one = full()
    stc = sum(row["macs"] for row in one["modules"] if row["module"].startswith("stc."))
    for segments, printed in ((8, 757), (16, 1514)):
        macs = full(segments)["macs"]
        assert abs(macs / one["macs"] / segments - 1) < 1e-4
        # printed for flow of 3 channels and dense STC
        assert abs((macs - segments * (6 * BEYOND_THREE + stc - DENSE)) / 1e9 - printed) < 0.7


def test_what_switches_cost() -> None:
    plain, learned, alone = full(**SHALLOW), full(**SHALLOW, mff_proj=True), full(**SHALLOW, mff=False)
    assert learned["parameters"] - plain["parameters"] == 8 * 2048**2 and round(8 * 2048**2 / 1e6, 1) == 33.6
    assert plain["macs"] - alone["macs"] == MFF and round(MFF / 1e9, 2) == 0.71
    more = learned["macs"] - alone["macs"]
    assert more == MFF + 8 * PLACES * 2048**2 and round(more / 1e9, 1) == 10.6
    assert plain["parameters"] - full(**SHALLOW, share_head=True)["parameters"] == 2049 * 400
    assert plain["parameters"] - full(**SHALLOW, stc=False)["parameters"] == 2 * 128


@pytest.mark.parametrize("literal", [False, True])
@pytest.mark.parametrize("scope", ["segment", "frame", "video"])
def test_equations_11_and_12_by_hand(scope: str, literal: bool) -> None:
    torch.manual_seed(0)
    maps = dict(zip(("rgb", "flow"), torch.randn(2, 2, 3, 4, 2, 2, 128).unbind(0), strict=True))  # (B, n, T, h, w, D)
    config = Config(5, BOTH, width=4, blocks=(1, 1, 1, 1), heads=2, mff_scope=scope, mff_literal12=literal)
    fused, seen = MultimodalFusion(config)(**maps, probe=True)
    # of the second clip: the middle segment, its third frame, all
    rows = {"segment": (1, 1), "frame": (1, 1, 2), "video": (1,)}[scope]
    for name, other in (("rgb", "flow"), ("flow", "rgb")):
        query, key = ("rgb", "flow") if literal else (name, other)
        q, k, v = (maps[which][rows].reshape(-1, 128) for which in (query, key, other))  # (L, D)
        a = [(q[:, part] @ k[:, part].T / 64**0.5).softmax(1) for part in (slice(64), slice(64, None))]
        by_hand = torch.cat([a[0] @ v[:, :64], a[1] @ v[:, 64:]], 1)
        assert torch.allclose(fused[name][rows].reshape(-1, 128), by_hand, atol=1e-5)
        received = ((a[0] + a[1]) / 2).sum(0)  # (L,)
        shown = seen[f"{name}.attention"]  # (B, T, h, w), of the middle segment
        where = {"segment": shown[1], "frame": shown[1, 2], "video": shown[1]}[scope]
        wanted = received.view(3, 4, 2, 2)[1] if scope == "video" else received.view(where.shape)
        assert torch.allclose(where, wanted, atol=1e-5)
        assert shown.shape == (2, 4, 2, 2) and (scope == "video" or abs(shown.mean() - 1) < 1e-5)


def test_the_printed_scale_all_but_averages() -> None:
    """G10: 294 places of 2048 half-rectified channels, one head."""
    torch.manual_seed(0)
    rgb, flow = (torch.randn(2, 1, 294, 2048).relu() * 0.75).unbind(0)  # (N, L, D)
    spread, entropy = {}, {}
    for scale in ("sqrt_dk", "norm"):
        attention = CrossAttention(Config(5, BOTH, heads=1, mff_scale=scale))
        weights = attention.look(attention.split(rgb), attention.split(flow))  # (N, 1, L, L)
        spread[scale] = weights.log().std().item()
        entropy[scale] = (-(weights * weights.log()).sum(3).mean() / log(294)).item()
        assert torch.allclose(attention(rgb, flow, flow), (weights @ flow.unsqueeze(1)).squeeze(1), atol=1e-4)
    logits = rgb[0] @ flow[0].T
    assert torch.allclose(weights[0, 0], (logits / logits.square().sum().sqrt().sqrt()).softmax(1), atol=1e-6)
    assert spread["norm"] < 0.06 < 0.2 < spread["sqrt_dk"]
    assert entropy["norm"] > 0.9995 and 0.99 < entropy["sqrt_dk"] < 0.998


def test_maps_of_zeros_do_no_harm() -> None:
    x = torch.zeros(1, 4, 128, requires_grad=True)
    CrossAttention(Config(5, BOTH, width=4, blocks=(1, 1, 1, 1), mff_scale="norm"))(x, x, x).sum().backward()
    assert x.grad.isfinite().all()


def test_what_is_inside() -> None:
    """What only a probe or a test needs is not computed in training."""
    inside = made().eval()(clips(), probe=True)[1]
    sizes = dict.fromkeys(("map", "stc", "mff"), (D, 8, 4, 4)) | {"kernel": (5, 5, 5)}
    sizes |= {"scores": (5,), "attention": (4, 4, 4), "relation": (32, 4)}
    wanted = {f"{name}.{part}": (2, *size) for name in ("rgb", "flow") for part, size in sizes.items()}
    wanted["moving"] = (2, 2)
    assert {name: tuple(value.shape) for name, value in inside.items()} == wanted
    assert torch.allclose(inside["rgb.kernel"].sum(dim=(1, 2, 3)), torch.ones(2))
    assert not [name for name in made()(clips())[1] if name.endswith(("kernel", "attention"))]


def test_inner_maps_are_in_the_order_of_time() -> None:
    network, x = made().eval(), clips(frames=12)
    inside = network(x)[1]
    later = network(x[:, :, 4:8])[1]  # the second segment alone
    for name in ("rgb.map", "flow.stc", "flow.mff"):
        assert torch.allclose(inside[name][:, :, 4:8], later[name], atol=1e-5)
    third = network.rgb(x[:, :3, 2])[0]  # (B, D, h, w)
    assert torch.allclose(inside["rgb.map"][:, :, 2], third, atol=1e-5)


@pytest.mark.parametrize("consensus", ["logits", "softmax"])
def test_equation_14_averages_modalities_and_segments(consensus: str) -> None:
    network, x = made(consensus=consensus).eval(), clips(frames=12)
    logits, inside = network(x)
    own = {}
    for name in ("rgb", "flow"):
        pooled = inside[f"{name}.mff"].unflatten(2, (3, 4)).mean(dim=(3, 4, 5)).transpose(1, 2)  # (B, n, D)
        answers = network.head[name](pooled)  # (B, n, K)
        own[name] = answers.softmax(2).mean(1) if consensus == "softmax" else answers.mean(1)
        shown = own[name] if consensus == "softmax" else own[name].softmax(1)
        assert torch.allclose(inside[f"{name}.scores"], shown, atol=1e-5)
    expected = (own["rgb"] + own["flow"]) / 2
    assert torch.allclose(logits.exp() if consensus == "softmax" else logits, expected, atol=1e-5)


def test_flow_may_begin_its_first_convolution_anew() -> None:
    network, before = made(cross_modality_init=False), made().state_dict()
    trained = tsn.build(5, 3, **{name: value for name, value in SMALL.items() if name != "frames"})
    load_backbone(network, trained.state_dict())
    assert torch.equal(network.flow.stem[0].weight, before["flow.stem.0.weight"])
    assert torch.equal(network.flow.stages["stage1"][0].a[0].weight, network.rgb.stages["stage1"][0].a[0].weight)
    with pytest.raises(ValueError, match="the network reads maps and has none"):
        load_backbone(made(2 * D, reads="maps"), trained.state_dict())


def test_published_weights_fill_both_backbones(saved) -> None:
    theirs = ResNet(Bottleneck, [1, 1, 1, 1]).state_dict()
    network = made(width=64, **saved(theirs))
    for part in (network.rgb, network.flow):
        assert torch.equal(part.stages["stage4"][0].b[0].weight, theirs["layer4.0.conv2.weight"])
    assert torch.equal(network.rgb.stem[0].weight, theirs["conv1.weight"])
    mean = theirs["conv1.weight"].mean(1, keepdim=True).expand(-1, 2 * L, -1, -1)
    assert torch.equal(network.flow.stem[0].weight, mean)


def test_attention_on_what_moves_by_hand() -> None:
    """One of four places moves and has half of the attention; a field of none counts as rest."""
    flow, attention = torch.zeros(1, 6, 1, 4, 4), torch.tensor([[[[2.0, 2 / 3], [2 / 3, 2 / 3]]]])
    flow[:, 2:4, :, :2, :2] = 3.0  # of the middle field, in the upper left quarter
    flow[:, :2, :, 2:] = 9.0  # of another field
    assert torch.allclose(on_what_moves(attention, flow), torch.tensor([[0.5, 0.25]]))
