"""composite_lstm: published sizes, who reads which frames, the decoders' errors by hand, and a
start from nothing.
"""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from repro.networks.composite_lstm import Config, build
from repro.tasks.cost import count

SMALL = {"width": 4, "size": (32, 40), "norm": "bn", "hidden": 24}


def test_published_sizes() -> None:
    """Gates of a layer: 4 H (inputs + H + 2 biases); a decoder's lower layer has one input, the
    constant.
    """
    with torch.device("meta"):
        cost = count(build(101, 3).eval(), torch.empty(1, 3, 16, 224, 224))
    vgg, fc6, h = 14_714_688, (512 * 7 * 7 + 1) * 4096, 2048
    upper = 4 * h * (h + h + 2)
    encoder, decoder = 4 * h * (4096 + h + 2) + upper, 4 * h * (1 + h + 2) + upper + (h + 1) * 4096
    assert cost["parameters"] == vgg + fc6 + encoder + 2 * decoder + (h + 1) * 101 == 319_135_653
    assert round(cost["macs"] / 1e9, 1) == 249.5
    assert cost["shapes"]["conv5"] == [512, 16, 14, 14] and cost["shapes"]["features"] == [16, 4096]


def test_every_step_answers_and_the_answers_are_averaged() -> None:
    logits, inside = build(5, 2, **SMALL).eval()(torch.randn(3, 2, 6, 32, 40))
    assert inside["scores"].shape == (3, 6, 5) and inside["conv5"].shape == (3, 32, 6, 2, 2)
    assert torch.allclose(logits.softmax(1), inside["scores"].mean(1), atol=1e-6)


def test_the_classifier_reads_all_frames_in_one_go() -> None:
    network = build(5, 3, **SMALL).eval()
    inside = network(torch.randn(2, 3, 7, 32, 40))[1]
    outputs, _ = network.encoder(inside["features"])
    assert torch.allclose(network.classifier(outputs).softmax(2), inside["scores"], atol=1e-6)


def test_the_errors_by_hand() -> None:
    """Decoders that always say 2, and frames whose features are 1, 3, 2 | 5, 0: squared errors 1,
    1, 0 of 1, 9, 4, and 9, 4 of 25, 0.
    """
    network = build(5, 3, **SMALL)
    for decoder in (network.reconstructor, network.predictor):
        decoder.features = torch.nn.Linear(24, 2)
        torch.nn.init.zeros_(decoder.features.weight)
        torch.nn.init.constant_(decoder.features.bias, 2.0)
    state = (torch.randn(2, 1, 24), torch.randn(2, 1, 24))
    past, future = (torch.tensor(values)[None, :, None].expand(1, -1, 2) for values in ([1.0, 3.0, 2.0], [5.0, 0.0]))
    assert torch.allclose(network.errors(state, past, future), torch.tensor([[2 / 14, 13 / 25]]))


def test_the_past_is_given_back_in_reverse_and_the_future_in_order() -> None:
    network = build(5, 3, **SMALL)
    state = (torch.randn(2, 1, 24), torch.randn(2, 1, 24))
    with torch.no_grad():
        past, future = network.reconstructor(state, 3).flip(1), network.predictor(state, 3)
    assert network.errors(state, past, future).abs().max() < 1e-10
    assert network.errors(state, past.flip(1), future.flip(1)).min() > 1e-8


def test_errors_are_shares_and_dead_features_are_no_trouble() -> None:
    """A decoder that says nothing is wrong by 1, whatever the features' size; features of zero are
    met by any small output.
    """
    network = build(5, 3, **SMALL)
    for parameter in [*network.reconstructor.features.parameters(), *network.predictor.features.parameters()]:
        torch.nn.init.zeros_(parameter)
    state = (torch.randn(2, 1, 24), torch.randn(2, 1, 24))
    past, future = torch.randn(1, 3, 256), 100 * torch.randn(1, 2, 256)
    assert torch.allclose(network.errors(state, past, future), torch.ones(1, 2))
    assert torch.equal(network.errors(state, 0 * past, 0 * future), torch.zeros(1, 2))


def test_the_encoder_stops_in_the_middle_for_the_decoders() -> None:
    """Of 5 frames it has read 3; what the decoders say depends on these alone, and the auxiliary
    loss is the weighted sum.
    """
    network = build(5, 3, **SMALL, auxiliary=0.5).eval()
    inside = network(torch.randn(2, 3, 5, 32, 40))[1]
    past, future = inside["features"][:, :3], inside["features"][:, 3:]
    _, state = network.encoder(past)
    back, ahead = network.reconstructor(state, 3), network.predictor(state, 2)
    squares = torch.stack([(back - past.flip(1)).square().sum((1, 2)), (ahead - future).square().sum((1, 2))], 1)
    by_hand = squares / torch.stack([past.square().sum((1, 2)), future.square().sum((1, 2))], 1)
    assert torch.allclose(inside["errors"], by_hand, atol=1e-7)
    assert torch.allclose(inside["auxiliary"], 0.5 * by_hand.sum(1), atol=1e-7)


def test_the_auxiliary_loss_sends_no_gradient_into_its_target() -> None:
    """The frames of the second half are targets only: their pixels feel nothing. Those of the first
    half were read.
    """
    network = build(5, 3, **SMALL).eval()
    clip = torch.randn(2, 3, 6, 32, 40, requires_grad=True)
    network(clip)[1]["auxiliary"].sum().backward()
    felt = clip.grad.abs().sum(dim=(0, 1, 3, 4))
    assert felt[:3].min() > 0 and felt[3:].max() == 0
    assert all(p.grad is None for p in network.classifier.parameters())


def test_no_gradient_goes_into_the_reconstructed_features_either() -> None:
    network = build(5, 3, **SMALL)
    state = (torch.randn(2, 1, 24, requires_grad=True), torch.randn(2, 1, 24))
    past, future = (torch.randn(1, 2, 256, requires_grad=True) for _ in range(2))
    network.errors(state, past, future).sum().backward()
    assert past.grad is None and future.grad is None and state[0].grad.abs().sum() > 0


def test_every_parameter_gets_a_gradient_and_every_frame_counts() -> None:
    network = build(5, 3, **SMALL)
    clip = torch.randn(4, 3, 5, 32, 40, requires_grad=True)
    logits, inside = network(clip)
    (logits.square().sum() + inside["auxiliary"].sum()).backward()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum()] == []
    assert clip.grad.abs().sum(dim=(0, 1, 3, 4)).min() > 0


@pytest.mark.parametrize("frames", [2, 3, 8])
def test_any_number_of_frames_from_two_on(frames: int) -> None:
    logits, inside = build(5, 8, **SMALL).eval()(torch.randn(2, 8, frames, 32, 40))
    assert logits.shape == (2, 5) and inside["auxiliary"].shape == (2,) and inside["errors"].shape == (2, 2)


@pytest.mark.parametrize(
    "switch",
    [{"width": 2}, {"norm": "none"}, {"hidden": 16}, {"layers": 1}, {"auxiliary": 0.1}, {"dropout": 0.0}],
    ids=str,
)
def test_every_switch_does_something(switch: dict) -> None:
    def output(**arguments: object) -> torch.Tensor:
        torch.manual_seed(0)
        logits, inside = build(5, 3, **{**SMALL, **arguments})(
            torch.linspace(-1, 1, 2 * 3 * 2 * 32 * 40).view(2, 3, 2, 32, 40).sin()
        )
        return torch.cat([logits, inside["auxiliary"][:, None]], 1)

    assert not torch.allclose(output(**switch), output(), atol=1e-6)


def test_a_narrow_network_starts_from_nothing() -> None:
    """Both parts of the loss are learnt: the answer's, and the decoders'."""
    torch.manual_seed(0)
    label = torch.arange(24) % 3
    clips = torch.randn(3, 3, 4, 32, 40)[label] * 0.5 + torch.randn(
        24, 3, 4, 32, 40
    )  # each class has a pattern, under noise
    network = build(3, 3, **SMALL)
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    losses, errors = [], []
    for _ in range(30):
        logits, inside = network(clips)
        losses.append(F.cross_entropy(logits, label))
        errors.append(inside["auxiliary"].mean())
        optimiser.zero_grad()
        (losses[-1] + errors[-1]).backward()
        optimiser.step()
    assert sum(losses[-3:]) / 3 < 2 / 3 * losses[0]
    assert sum(errors[-3:]) / 3 < errors[0]


def test_errors_say_what_was_wanted() -> None:
    for channels in (1, 5, 23):
        with pytest.raises(
            ValueError, match=f"3 channels .colour. or an even number .flow.; got in_channels {channels}"
        ):
            build(5, channels)
    with pytest.raises(ValueError, match=r"built for frames of \(32, 40\) \(H, W\); got \(40, 40\)"):
        build(5, 3, **SMALL)(torch.randn(1, 3, 2, 40, 40))
    with pytest.raises(ValueError, match="2 frames or more, to read and to predict; got 1"):
        build(5, 3, **SMALL)(torch.randn(1, 3, 1, 32, 40))
    with pytest.raises(ValueError, match="hidden and layers must be 1 or more; got 24 and 0"):
        build(5, 3, **SMALL, layers=0)
    with pytest.raises(ValueError, match=r"must be 0 or more; got -1"):
        build(5, 3, **SMALL, auxiliary=-1)
    with pytest.raises(ValueError, match=r"32 pixels or more for five poolings; got \(40, 24\)"):
        build(5, 3, size=(40, 24))
    with pytest.raises(TypeError, match="colour"):
        build(5, 3, colour="red")


def test_defaults_are_the_papers() -> None:
    assert Config(101) == Config(101, 3, 64, (224, 224), "none", 2048, 2, 1.0, 0.5)
