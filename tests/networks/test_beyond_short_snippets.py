"""beyond_short_snippets: the weights of the steps, published weights."""

import pytest
import torch
import torchvision

from repro.networks import beyond_short_snippets, soft_attention
from repro.networks.beyond_short_snippets import build, gain

SMALL = {"width": 8, "hidden": 16, "layers": 2, "halvings": 3}


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
