"""beyond_short_snippets: published sizes, the order of frames, the weights of the steps."""

import pytest
import torch
import torchvision
from full_size import full_size

from repro.networks import beyond_short_snippets, soft_attention
from repro.networks.beyond_short_snippets import build, gain

SMALL = {"width": 8, "hidden": 16, "layers": 2, "halvings": 3}
BACKBONE = 6_624_904 - 1_025 * 1_000  # torchvision's googlenet without its last layer


def test_published_sizes() -> None:
    cost = full_size("beyond_short_snippets", 101, (3, 30, 224, 224))
    lstm = 4 * 512 * (1024 + 512 + 2) + 4 * 4 * 512 * (512 + 512 + 2)
    assert cost["parameters"] == BACKBONE + lstm + (512 + 1) * 101
    macs = {row["module"]: row["macs"] for row in cost["modules"]}
    assert round(macs["backbone"] / 30 / 1e9, 3) == 1.497  # torchvision prints 1.498 with the last layer
    assert macs["lstm"] == 30 * 4 * 512 * (1024 + 9 * 512)
    assert cost["macs"] == macs["backbone"] + macs["lstm"] + 30 * 512 * 101
    assert cost["shapes"]["inception5b"] == [1024, 30, 7, 7] and cost["shapes"]["scores"] == [30, 101]


def test_weights_of_the_steps_by_hand() -> None:
    assert torch.allclose(gain(3), torch.tensor([1.0, 2.0, 3.0]) / 6)
    assert gain(1).tolist() == [1.0] and gain(30).sum().item() == pytest.approx(1)
    logits, inside = build(5, 3, **SMALL).eval()(torch.randn(2, 3, 3, 32, 40))
    wanted = (inside["scores"][:, 0] + 2 * inside["scores"][:, 1] + 3 * inside["scores"][:, 2]) / 6
    assert torch.allclose(logits.softmax(1), wanted, atol=1e-6)
    assert not torch.allclose(wanted, inside["scores"].mean(1), atol=1e-6)
    assert torch.allclose(logits.exp().sum(1), torch.ones(2))


@pytest.mark.parametrize("module", [beyond_short_snippets, soft_attention])
def test_published_weights_go_into_the_backbone(module, saved) -> None:
    theirs = torchvision.models.googlenet(aux_logits=True, init_weights=False)
    words = saved(theirs.state_dict())
    kernel = module.build(7, 3, hidden=8, layers=1, **words).backbone.layers["inception4c"].branch2[1].conv.weight
    assert torch.equal(kernel, theirs.inception4c.branch2[1].conv.weight)
    with pytest.raises(ValueError, match=r"does not fit.*layers\.conv1\.conv\.weight has shape"):
        module.build(7, 8, hidden=8, **words)
