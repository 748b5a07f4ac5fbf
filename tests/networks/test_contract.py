"""Every network keeps the contract of `repro.networks.contract`: one test for each promise, for
each module.
"""

import importlib
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
import torch
from safetensors.torch import load, save
from torch import nn

from repro.nn.config import Base
from repro.source import names
from repro.spec import Recipe
from repro.train.fit import parameter_groups

K, B = 5, 4
CLASSIFIERS = [name for name in names("networks") if name not in ("trees", "zerodce")]  # zerodce: frames -> frames
NARROW = {"width": 8, "blocks": (1, 1, 1, 1)}
FRAMES = NARROW | {"halvings": 3, "dropout": 0.2}
LSTM = {"width": 8, "hidden": 8, "layers": 2, "halvings": 3}
CAFFE = {"norm": "bn", "stem_stride": 1, "grid": 2}
VGG = {"width": 4, "size": (32, 32), "norm": "bn"}
OU = VGG | {"hidden": 6}
# channels, T, side, arguments: small enough that the whole file takes well under two minutes
SMALL: dict[str, tuple[int, int, int, dict[str, Any]]] = {
    "ackerly2025": (3, 2, 16, {"size": (16, 16), "frames": 2, "width": 8, "stages": 3, "temporal_axis": "patches"}),
    "artnet": (3, 8, 32, {"width": 8, "blocks": (1, 1)}),
    "beyond_short_snippets": (3, 3, 32, LSTM),
    "c3d": (3, 8, 32, VGG | {"size": (8, 32, 32)}),
    "composite_lstm": (3, 4, 32, VGG | {"hidden": 8}),
    "conv3d": (3, 4, 16, {"width": 8}),
    "eco": (3, 4, 32, {"width": 8, "modules": 4}),
    "efficientnet_lite": (3, 2, 64, {}),
    "gong2022": (7, 8, 32, FRAMES | {"frames": 4, "heads": 4}),
    "gong2022_lite": (5, 6, 64, {"frames": 3, "heads": 4, "graph_radius": 1, "dropout": 0.2}),
    "i3d": (5, 16, 32, {"width": 8, "blocks": (1, 1, 1), "halvings": 4}),
    "lgd3d": (3, 4, 32, {"width": 8, "blocks": (1, 1)}),
    "linear": (5, 2, 4, {}),
    "lrcn": (3, 3, 32, CAFFE | {"width": 12, "hidden": 8}),
    "mlp": (3, 1, 20, {}),
    "nonlocal_resnet": (3, 8, 32, NARROW | {"nonlocal_after": ((), (0,), (), ())}),
    "ou2019": (7, 4, 32, OU),
    "r2plus1d": (5, 8, 32, {"width": 8, "blocks": (1, 1)}),
    "res3d": (3, 8, 32, {"width": 8, "blocks": (1, 1)}),
    "s3d": (5, 16, 32, {"width": 8, "blocks": (1, 1, 1), "halvings": 4}),
    "slowfast": (3, 8, 32, NARROW | {"alpha": 4, "beta": 0.25, "nonlocal_units": (0,)}),
    "soft_attention": (3, 3, 32, LSTM | {"grid": (4, 4)}),
    "stc_diba": (3, 8, 32, {"width": 8, "blocks": (1, 1), "cardinality": 4}),
    "stnet": (3, 8, 32, NARROW | {"halvings": 3, "stacked": 2}),
    "swin": (3, 1, 32, {"patch": 2, "window": 4, "depths": (2, 2), "heads": (2, 4), "width": 16}),
    "tsm": (3, 4, 32, FRAMES),
    "tsn": (4, 4, 32, FRAMES),
    "two_stream": (5, 5, 32, CAFFE | {"width": 24}),
    "two_stream_fusion": (7, 3, 32, VGG | {"dropout": 0.5}),
    "vit": (3, 1, 32, {"size": 32, "patch": 8, "layers": 2, "heads": 2, "width": 16, "mlp": 32}),
    "wei2025": (3, 8, 32, NARROW | {"width": 16, "alpha": 4, "beta": 0.25}),
    "zerodce": (3, 4, 16, {"width": 8, "iterations": 2, "scales": (1, 2)}),
}
FORMS = [  # other forms of a network, whose children or modalities differ
    ("ackerly2025", 3, {"branches": "spatial"}), ("gong2022", 3, {"mff": False}),
    ("gong2022", 4, {"mff": False, "share_head": True}), ("tsm", 5, {}), ("tsn", 7, {}), ("i3d", 2, {}),
    ("mlp", 3, {"features": "hog"}),
    ("ou2019", 7, {"fusion": "late", "conv_stream": "gap"}),
    ("ou2019", 7, {"fusion": "both_levels", "conv_stream": "convlstm"}),
    ("ou2019", 3, {"fusion": "none", "ln": "ba2016", "head": "literal"}), ("r2plus1d", 3, {}),
    ("lrcn", 3, {"backbone": "vgg", "width": 4, "size": (32, 32)}),
    ("ou2019", 7, {"fusion": "concat", "poolings": 3}), ("ou2019", 7, {"fusion": "sum"}), ("efficientnet_lite", 7, {}),
    ("s3d", 3, {"gating": True}), ("tsm", 4, {"freeze_norm": True}), ("two_stream", 2, {}),
    ("wei2025", 3, {"pathways": "dense"}),
    ("wei2025", 3, {"d2s": "tconv", "attn_gain": True, "axis_shared": True, "round_shared": False}),
]  # fmt: skip
EVERY = [(name, SMALL[name][0], {}) for name in CLASSIFIERS] + FORMS
each = pytest.mark.parametrize(("name", "channels", "changes"), EVERY, ids=str)
# These act on a given backbone and on maps that are handed on: tested with the network itself.
ELSEWHERE = {
    ("gong2022", "cross_modality_init"), ("efficientnet_lite", "project"), ("efficientnet_lite", "pooled"),
    ("efficientnet_lite", "keep"), ("lrcn", "size"),
}  # fmt: skip


def made(name: str, channels: int = 0, seed: int = 0, **changes: Any) -> nn.Module:
    """The small network, its tensors that begin as zeros made random: what they hide would get no
    gradient.
    """
    torch.manual_seed(seed)
    arguments = SMALL[name][3] | changes
    module = importlib.import_module(f"repro.networks.{name}")
    network = module.build(classes=K, in_channels=channels or SMALL[name][0], **arguments)
    for parameter in network.parameters():
        if not parameter.any():
            nn.init.normal_(parameter, std=0.5)
    return network


def clips(name: str, channels: int = 0, batch: int = B) -> torch.Tensor:
    own, frames, side, _ = SMALL[name]
    shape = (frames, own, side, side) if name == "zerodce" else (batch, channels or own, frames, side, side)
    return torch.rand(shape, generator=torch.Generator().manual_seed(1))


def test_every_module_is_held_to_the_contract() -> None:
    assert sorted(SMALL) == sorted({*CLASSIFIERS, "zerodce"})


@each
def test_logits_and_insides_have_the_batch_first(name: str, channels: int, changes: dict) -> None:
    network = made(name, channels, **changes).eval()
    logits, inside = network(clips(name, channels))
    assert logits.shape == (B, K) and logits.isfinite().all()
    assert inside and all(value.shape[0] == B for value in inside.values())
    assert inside.get("auxiliary", torch.zeros(B)).shape == (B,)


@each
def test_every_parameter_has_a_gradient(name: str, channels: int, changes: dict) -> None:
    """And every frame counts."""
    network, clip = made(name, channels, **changes), clips(name, channels).requires_grad_()
    logits, inside = network(clip)
    loss = (logits * torch.randn(B, K)).sum() + inside.get("auxiliary", torch.zeros(1)).sum()
    loss.backward()
    assert clip.grad.abs().sum(dim=(0, 1, 3, 4)).min() > 0
    silent = [key for key, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    assert silent == []


@each
def test_an_answer_does_not_depend_on_the_rest_of_the_batch(name: str, channels: int, changes: dict) -> None:
    network, x = made(name, channels, **changes).eval(), clips(name, channels)
    with torch.no_grad():
        assert torch.allclose(network(x)[0][1:2], network(x[1:2])[0], atol=1e-5)


@each
def test_weights_survive_a_file(name: str, channels: int, changes: dict) -> None:
    network, other = (made(name, channels, seed=seed, **changes).eval() for seed in (0, 1))
    x = clips(name, channels, batch=1)
    other.load_state_dict(load(save(network.state_dict())))
    with torch.no_grad():
        assert torch.equal(network(x)[0], other(x)[0])


def alternatives(config: Base) -> list[tuple[str, list[Any]]]:
    """Other values of every field but the two that all share: each of a Literal; together, one more
    and twice as much, or half as much.
    """
    changed: list[tuple[str, list[Any]]] = []
    for key, hint in get_type_hints(type(config)).items():
        value = getattr(config, key)
        if get_origin(hint) is Literal:
            changed += [(key, [other]) for other in get_args(hint) if other != value]
        elif isinstance(value, tuple):
            start = value[0] if value else 0
            first = [(*start, 0)] if isinstance(start, tuple) else [start + 1, 2 * start]
            changed.append((key, [(other, *value[1:]) for other in first]))
        elif isinstance(value, bool | str):
            changed.append((key, ["nothing.pt" if isinstance(value, str) else not value]))
        elif key not in ("classes", "in_channels"):
            changed.append((key, [value / 2 or 0.5] if isinstance(value, float) else [value + 1, 2 * value]))
    return changed


def observed(name: str, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> list[torch.Tensor] | str:
    """What a setting can change: the tensors and the answers in training and in testing; or the
    error that refuses it.
    """
    monkeypatch.delenv("REPRO_DATA", raising=False)
    try:
        network, x = made(name, **changes), clips(name)
        torch.manual_seed(2)
        answers = [network(x)[0], network.eval()(x)[0]]
    except (ValueError, FileNotFoundError) as error:
        return str(error)
    return [*network.state_dict().values(), *answers]


def same(usual: list[torch.Tensor], other: list[torch.Tensor] | str) -> bool:
    if isinstance(other, str):
        return other == ""
    return [y.shape for y in usual] == [y.shape for y in other] and all(map(torch.equal, usual, other))


@pytest.mark.parametrize("name", SMALL)
def test_every_switch_does_something(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    config = importlib.import_module(f"repro.networks.{name}").Config(K, SMALL[name][0], **SMALL[name][3])
    usual, dead = observed(name, monkeypatch), []
    assert not isinstance(usual, str), usual
    for key, values in alternatives(config):
        others = [observed(name, monkeypatch, **{key: value}) for value in values]
        if all(same(usual, other) for other in others) and (name, key) not in ELSEWHERE:
            dead.append((key, values))
    assert dead == []


@pytest.mark.parametrize("name", SMALL)
def test_impossible_settings(name: str) -> None:
    with pytest.raises(TypeError, match="colour"):
        made(name, colour="red")
    if name != "zerodce":
        with pytest.raises(ValueError, match="classes must be 1 or more; got 0"):
            importlib.import_module(f"repro.networks.{name}").build(0, SMALL[name][0], **SMALL[name][3])


REFUSED = [  # network, channels, arguments, (T, H, W) of a clip, what the message says
    ("ackerly2025", 3, {"width": 10}, None, "width must be a multiple of 4, the kernels; got 10"),
    ("ackerly2025", 3, {"heads": 5}, None, "heads must divide d = 4 x width = 32; got 5"),
    ("ackerly2025", 3, {}, (1, 16, 16), r"set for clips \(C, T, H, W\) of \(3, 2, 16, 16\); got \(3, 1, 16, 16\)"),
    ("beyond_short_snippets", 5, {}, None, r"wants 3 channels \(colour\) or 2 L \(flow\); got in_channels 5"),
    ("c3d", 3, {}, (4, 32, 32), r"clips \(T, H, W\) of size \(8, 32, 32\); got \(4, 32, 32\)"),
    ("composite_lstm", 3, {}, (1, 32, 32), "2 frames or more, to read and to predict; got 1"),
    ("composite_lstm", 3, {}, (4, 32, 40), r"frames \(H, W\) of size \(32, 32\), or maps a 16th; got \(32, 40\)"),
    ("artnet", 3, {"width": 9}, None, "pooled by pairs, width must be even; got 9"),
    ("eco", 3, {"modules": 2}, None, "modules are 3 to 10; got 2"),
    ("gong2022", 3, {}, None, "one alone wants mff=False"),
    ("gong2022_lite", 7, {}, None, "flow is one field, u and v; got 4 channels"),
    ("stc_diba", 3, {"cardinality": 3}, None, "must divide the 16 channels of the first stage; got 3"),
    ("stnet", 3, {"modelling": (5,)}, None, r"names stages 1 to 4; got \(5,\)"),
    ("stnet", 3, {}, (5, 32, 32), "multiple of stacked = 2 frames; got 5"),
    ("gong2022", 7, {"heads": 3}, None, "heads must divide the 256 channels of the maps; got 3"),
    ("gong2022", 7, {}, (6, 32, 32), "multiple of frames = 4 frames; got 6"),
    ("gong2022", 48, {"reads": "maps"}, None, "wants 256 channels for one modality or 512 for two; got 48"),
    ("i3d", 4, {}, None, r"or 2 \(flow\) or 5 \(colour and flow\); got in_channels 4"),
    ("i3d", 3, {"blocks": (3, 1, 1)}, None, r"at most \(2, 5, 2\); got \(3, 1, 1\)"),
    ("i3d", 3, {"halvings": 2}, None, "halvings must be 3 to 5; got 2"),
    ("lrcn", 3, {"width": 9}, None, "as multiples of 6 do; got 9"),
    ("lrcn", 3, {"stem_stride": 0}, (3, 32, 32), "needs frames of 39 pixels or more"),
    ("mlp", 3, {}, (2, 20, 20), "clips of one frame, T = 1; got 2"),
    ("nonlocal_resnet", 3, {"strides": (1, 2)}, None, "name something for each stage"),
    ("nonlocal_resnet", 3, {"nonlocal_after": ((), (3,), (), ())}, None, r"a unit 0 to 0, once each; got \(3,\)"),
    ("nonlocal_resnet", 3, {"sampling": "late"}, (1, 32, 32), "two frames or more.*; got 1"),
    ("ou2019", 3, {"fusion": "late"}, None, "fusion 'late' takes 2 modalities; got rgb"),
    ("ou2019", 7, {"conv_stream": "convlstm", "ln": "bn"}, None, "normalised as tf_cell or none; got ln 'bn'"),
    ("ou2019", 7, {"cross_modality_init": True}, None, "wants published weights and flow; got weights ''"),
    ("ou2019", 7, {"size": (40, 24)}, None, r"needs a size of 32 pixels or more; got \(40, 24\)"),
    ("ou2019", 7, {}, (4, 48, 32), r"frames of size \(32, 32\), maps of \(2, 2\); got maps of \(3, 2\)"),
    ("r2plus1d", 5, {"weights": "x"}, None, "weights are those of one stream"),
    ("s3d", 3, {"gating": True, "weights": "x"}, None, "for colour alone, without gates; got 3 channels, gating True"),
    ("slowfast", 3, {"lateral_kernel": 4}, None, "must be odd to have a middle; got 4"),
    ("slowfast", 3, {"beta": 1 / 16}, None, "whole number of channels, widen the network; got 8 x 0.0625"),
    ("slowfast", 3, {"blocks": (1, 1)}, None, r"nonlocal_units stand in stage 3; got blocks \(1, 1\)"),
    ("slowfast", 3, {}, (6, 32, 32), "multiple of alpha = 4 frames; got 6"),
    ("soft_attention", 3, {}, (3, 40, 40), r"grid says that the last map has \(4, 4\) positions; got \(5, 5\)"),
    ("swin", 3, {"heads": (2, 3)}, None, r"heads divide the width of each stage.*; got \(2, 3\)"),
    ("swin", 4, {}, None, r"swin wants 3 channels \(colour\); got in_channels 4"),
    ("tsm", 3, {"width": 4}, None, "an eighth of the channels is shifted; widen the network; got 4"),
    ("tsn", 3, {"dropout": 1.0}, None, "dropout is a fraction below 1; got 1.0"),
    ("tsn", 3, {"halvings": 6}, None, "4 stages halve 2 to 5 times in all; got 6"),
    ("two_stream", 4, {}, None, r"wants 3 .*2 \(flow\) or 5 \(colour and flow\); got in_channels 4"),
    ("two_stream_fusion", 8, {}, None, r"wants 3 \+ 2 L \(colour and flow\); got in_channels 8"),
    ("vit", 3, {"patch": 5}, None, "size must be a multiple of patch = 5; got 32"),
    ("vit", 3, {}, (1, 32, 16), r"of \(3, 1, 32, 32\); got \(3, 1, 32, 16\)"),
    ("wei2025", 3, {"blocks": (1,) * 5}, None, "needs a temporal kernel in both pathways"),
    ("wei2025", 3, {"dense_temporal": (2, 3, 1, 1)}, None, "must be odd to have a middle"),
    ("zerodce", 5, {}, None, r"zerodce wants 3 channels \(colour\); got in_channels 5"),
]


@pytest.mark.parametrize(("name", "channels", "arguments", "size", "words"), REFUSED)
def test_what_does_not_fit_is_named(name: str, channels: int, arguments: dict, size: tuple | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        made(name, channels, **arguments)(torch.zeros(2, channels, *(size or (1, 1, 1))))


ONE_BY_ONE = {  # networks that see frame by frame, and the map that each has of a frame
    "beyond_short_snippets": "inception4a", "composite_lstm": "conv5", "lrcn": "conv3",
    "soft_attention": "inception4a", "tsn": "stage2", "two_stream_fusion": "temporal.conv4",
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_the_map_of_a_frame_stands_at_its_time(name: str) -> None:
    network, clip = made(name).eval(), clips(name)
    one = network(clip[:, :, 1:3])[1][ONE_BY_ONE[name]][:, :, 1]
    assert torch.allclose(network(clip)[1][ONE_BY_ONE[name]][:, :, 2], one, atol=1e-5)


APART = {  # networks of two modalities: a map of colour alone, one of flow alone, one of both
    "gong2022": ("rgb.stc", "flow.stc", "rgb.mff"), "i3d": ("colour.inception5b", "flow.inception5b"),
    "ou2019": ("rgb.conv13", "flow.conv13", "fused"), "r2plus1d": ("rgb.stage2", "flow.stage2"),
    "s3d": ("colour.inception5b", "flow.inception5b"), "two_stream": ("spatial.conv5", "temporal.conv5"),
    "two_stream_fusion": ("spatial.conv5", "temporal.conv5", "fusion"),
}  # fmt: skip


@pytest.mark.parametrize("name", APART)
def test_modalities_meet_where_they_should_and_nowhere_else(name: str) -> None:
    network, clip = made(name).eval(), clips(name)
    before, (colour, flow, *both) = network(clip)[1], APART[name]
    for channels, own in ((slice(3), colour), (slice(3, None), flow)):
        changed = clip.clone()
        changed[:, channels] += torch.rand_like(clip[:, channels])
        after = network(changed)[1]
        assert [key for key in APART[name] if not torch.equal(before[key], after[key])] == [own, *both]


@pytest.mark.parametrize(("name", "streams"), [("r2plus1d", ("rgb", "flow")), ("two_stream", ("spatial", "temporal"))])
def test_softmax_of_the_logits_is_the_average_of_the_streams_scores(name: str, streams: tuple[str, str]) -> None:
    logits, inside = made(name).eval()(clips(name))
    one, other = (inside[f"{stream}.scores"] for stream in streams)
    assert torch.allclose(logits.softmax(1), (one + other) / 2, atol=1e-6) and not torch.allclose(one, other)
    assert torch.allclose(logits.exp().sum(1), torch.ones(B), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "firsts"), [("tsn", ["backbone"]), ("tsm", ["backbone"]), ("gong2022", ["rgb", "flow"])]
)
def test_partial_batch_norm(name: str, firsts: list[str]) -> None:
    """The first norm of each backbone goes on measuring, the others keep what they came with; all
    scales and shifts go on learning.
    """
    network = made(name, freeze_norm=True).train()
    before = {key: value.clone() for key, value in network.named_buffers()}
    network(clips(name))[0].square().sum().backward()
    moved = {key for key, value in network.named_buffers() if not torch.equal(before[key], value)}
    measured = ("running_mean", "running_var", "num_batches_tracked")
    assert moved == {f"{part}.stem.1.{key}" for part in firsts for key in measured}
    assert all(p.grad is not None for p in network.parameters())
    assert not any(module.training for module in network.eval().modules())


@pytest.mark.parametrize("name", ["beyond_short_snippets", "lrcn", "soft_attention"])
def test_a_step_answers_from_the_frames_so_far(name: str) -> None:
    """And the answers of all steps are averaged, in one network with weights."""
    network, clip = made(name).eval(), clips(name)
    logits, inside = network(clip)
    scores = inside["scores"]
    assert torch.allclose(logits.softmax(1), scores.mean(1), atol=1e-6) is (name != "beyond_short_snippets")
    if name != "soft_attention":  # whose state begins with the mean of all frames
        clip[:, :, 1] += 1
        change = (network(clip)[1]["scores"] - scores).abs().amax((0, 2))
        assert change[0] < 1e-6 < change[1:].min()


@pytest.mark.parametrize("name", ["c3d", "composite_lstm", "lrcn", "soft_attention", "tsm"])
def test_a_narrow_network_learns_from_nothing(name: str) -> None:
    """Each class has a pattern, under noise."""
    torch.manual_seed(0)
    label = torch.arange(3 * K) % K
    patterns = torch.randn(K, *clips(name).shape[1:])
    clip = patterns[label] + 0.5 * torch.randn(3 * K, *patterns.shape[1:])
    network = made(name, **({"hidden": 32} if "hidden" in SMALL[name][3] else {}))
    optimiser, losses = torch.optim.Adam(network.parameters(), lr=5e-3), []
    for _ in range(30):
        losses.append(nn.functional.cross_entropy(network(clip)[0], label))
        optimiser.zero_grad()
        losses[-1].backward()
        optimiser.step()
    assert sum(losses[-3:]) / 3 < 2 / 3 * losses[0]


@each
def test_backbones_have_a_rate_of_their_own(name: str, channels: int, changes: dict) -> None:
    network = made(name, channels, **changes)
    parts = getattr(network, "backbones", ())
    assert isinstance(parts, tuple)
    if parts:
        inside = [list(network.get_submodule(part).parameters()) for part in parts]
        split = {group["ratio"]: group["params"] for group in parameter_groups(network, Recipe(backbone_rate=0.1))}
        assert set(map(id, split[0.1])) == {id(p) for part in inside for p in part}
        assert sum(map(len, split.values())) == len(list(network.parameters())) and split[1.0]


@pytest.mark.parametrize(("name", "channels", "changes"), [case for case in EVERY if case[0] in ("gong2022", "ou2019")])
def test_stored_maps_give_the_same_answer(name: str, channels: int, changes: dict) -> None:
    network = made(name, channels, **changes).eval()
    with torch.no_grad():
        maps = network.maps(clips(name, channels))
        other = made(name, maps.shape[1], seed=1, reads="maps", **changes).eval()
        assert other.backbones == () and not any("conv.0" in key or "stem" in key for key in other.state_dict())
        renamed = {key: key for key in other.state_dict()}
        if len(network.backbones) == 1:  # the one map is called `maps`
            renamed = {key: key.replace("maps", network.backbones[0]) for key in renamed}
        other.load_state_dict({key: network.state_dict()[own] for key, own in renamed.items()})
        assert torch.equal(other(maps)[0], network(clips(name, channels))[0])


@pytest.mark.parametrize(("name", "channels"), [("tsn", 3), ("tsn", 4), ("tsm", 3), ("gong2022", 7)])
def test_a_backbone_trained_on_images_is_taken_over(name: str, channels: int) -> None:
    """Flow's first convolution becomes the mean over the colours; everything else begins as
    ever.
    """
    trained = {key: value + 1 for key, value in made("tsn", 3, seed=3).state_dict().items()}
    network, before = made(name, channels), made(name, channels).state_dict()
    module = importlib.import_module(f"repro.networks.{name}")
    module.load_backbone(network, trained)
    for key, value in network.state_dict().items():
        part, _, layer = key.partition(".")
        given = trained.get(f"backbone.{layer}") if part in network.backbones else None
        if given is not None and given.shape != value.shape:
            given = given.mean(1, keepdim=True).expand_as(value)
        assert torch.equal(value, before[key] if given is None else given), key
    for state, words in (
        ({"head.weight": torch.ones(1)}, r"holds no tensor named backbone\.\*"),
        (made("tsn", 3, width=4).state_dict(), r"does not fit.*got \w+.stem.0.weight has shape \(4, .* and \d+ more"),
    ):
        with pytest.raises(ValueError, match=words):
            module.load_backbone(network, state)
