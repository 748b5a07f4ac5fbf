"""lrcn: published sizes, the order of frames, the average over steps."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from repro.networks.lrcn import Config, build
from repro.tasks.cost import count

SMALL = {"width": 12, "hidden": 16, "norm": "bn", "stem_stride": 1, "grid": 2}


def test_published_sizes() -> None:
    with torch.device("meta"):
        cost = count(build(101, 3).eval(), torch.empty(1, 3, 16, 227, 227))
    convolutions = [34_944, 307_456, 885_120, 663_936, 442_624]  # CaffeNet's
    full, lstm, answer = (6 * 6 * 256 + 1) * 4096, 4 * 256 * (4096 + 256 + 2), (256 + 1) * 101
    assert cost["parameters"] == sum(convolutions) + full + lstm + answer
    assert [cost["shapes"][f"conv{i}"] for i in (1, 2, 5)] == [[96, 16, 55, 55], [256, 16, 27, 27], [256, 16, 13, 13]]
    assert cost["shapes"]["scores"] == [16, 101]


def test_every_step_answers_and_the_answers_are_averaged() -> None:
    logits, inside = build(5, 2, **SMALL).eval()(torch.randn(3, 2, 6, 36, 48))
    assert inside["scores"].shape == (3, 6, 5) and inside["conv1"].shape[:3] == (3, 12, 6)
    assert torch.allclose(logits.softmax(1), inside["scores"].mean(1), atol=1e-6)


def test_a_step_sees_the_past_and_not_the_future() -> None:
    network = build(5, 3, **SMALL).eval()
    clip = torch.randn(1, 3, 6, 32, 32)
    changed = clip.clone()
    changed[:, :, 3] += 1
    before, after = network(clip)[1]["scores"], network(changed)[1]["scores"]
    assert torch.allclose(before[:, :3], after[:, :3], atol=1e-6)
    assert (before[:, 3:] - after[:, 3:]).abs().amax(2).min() > 1e-6


def test_the_map_of_a_frame_stands_at_its_time() -> None:
    network = build(5, 3, **SMALL).eval()
    clip = torch.randn(2, 3, 4, 32, 32)
    alone = network(clip[1:, :, 2:3])[1]["conv3"]
    assert torch.allclose(network(clip)[1]["conv3"][1:, :, 2:3], alone, atol=1e-5)


@pytest.mark.parametrize("norm", ["bn", "lrn"])
def test_every_parameter_gets_a_gradient_and_every_frame_counts(norm: str) -> None:
    torch.manual_seed(0)
    network = build(5, 3, **SMALL | {"norm": norm})
    clip = torch.randn(2, 3, 4, 32, 40, requires_grad=True)
    network(clip)[0][:, 0].sum().backward()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum()] == []
    assert clip.grad.abs().sum(dim=(0, 1, 3, 4)).min() > 0


def test_one_batch_can_be_learned() -> None:
    torch.manual_seed(0)
    network = build(2, 2, **SMALL, dropout=0.0)
    clip, label = torch.randn(4, 2, 4, 32, 32), torch.tensor([0, 1, 0, 1])
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
    for _ in range(40):
        loss = nn.functional.cross_entropy(network(clip)[0], label)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.1


def test_errors_say_what_was_wanted() -> None:
    with pytest.raises(ValueError, match=r"3 channels \(colour\) or 2 \(flow\); got in_channels 5"):
        build(5, 5)
    with pytest.raises(ValueError, match="norm is one of lrn, bn; got 'ln'"):
        build(5, 3, width=12, norm="ln")
    with pytest.raises(ValueError, match=r"got width 9. Take a multiple of 6"):
        build(5, 3, width=9)
    with pytest.raises(ValueError, match="1 unit or more; got 0"):
        build(5, 3, hidden=0)
    with pytest.raises(ValueError, match=r"frames of 39 pixels or more; got 32 x 40"):
        build(5, 3, width=12)(torch.randn(1, 3, 2, 32, 40))
    with pytest.raises(TypeError, match="colour"):
        build(5, 3, colour="red")


def test_defaults_are_the_papers() -> None:
    assert Config(101) == Config(101, 3, 96, 256, "lrn", 0, 6, 0.5)
