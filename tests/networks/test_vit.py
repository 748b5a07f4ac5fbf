"""vit: the same numbers as torchvision's, and inner maps in their places."""

import torch
from torchvision.models import VisionTransformer

from repro.networks.vit import build

SMALL = {"size": 16, "patch": 4, "layers": 2, "heads": 2, "width": 16, "mlp": 24}


def test_the_same_weights_give_torchvisions_logits() -> None:
    theirs = VisionTransformer(16, 4, 2, 2, 16, 24, num_classes=5).eval()
    torch.nn.init.normal_(theirs.heads.head.weight)
    ours, clip = build(5, 3, **SMALL).eval(), torch.randn(3, 3, 1, 16, 16)
    ours.load_state_dict(theirs.state_dict())
    wanted = theirs(clip[:, :, 0])
    assert torch.allclose(ours(clip)[0], wanted, atol=1e-5) and wanted.std() > 0.1


def test_a_patch_stands_at_its_place() -> None:
    torch.manual_seed(0)
    network = build(5, 3, **SMALL | {"layers": 1}).eval()
    torch.nn.init.zeros_(network.encoder.layers[0].self_attention.out_proj.weight)  # no patch sees another
    clip = torch.randn(1, 3, 1, 16, 16)
    changed = clip.clone()
    changed[..., 4:8, 12:16] += 1
    change = (network(changed)[1]["patches"] - network(clip)[1]["patches"]).abs().sum(1)[0, 0]
    assert change.shape == (4, 4) and change.nonzero().tolist() == [[1, 3]]
