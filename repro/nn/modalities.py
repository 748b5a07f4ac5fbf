"""What the channels of a clip hold: red, green and blue, or u and v of each of L flow fields, or
both in this order.
"""

from __future__ import annotations

from collections.abc import Container

COLOUR, FLOW = 3, 2  # channels of a frame in colour, and of one flow field


def modalities(
    network: str, in_channels: int, kinds: Container[str] = ("rgb", "flow", "both"), fields: int = 0
) -> dict[str, int]:
    """`rgb`, `flow` or both, with their channels, in the order in which they lie in the clip.

    kinds: what the network takes. fields: how many flow fields it takes, 0 for any number. Raises
    ValueError, which names what the network takes, on any other number of channels.
    """
    odd = in_channels % 2
    flow = in_channels - COLOUR * odd
    parts = ({"rgb": COLOUR} if odd else {}) | ({"flow": flow} if flow else {})
    kind = "both" if len(parts) == 2 else "".join(parts)
    if in_channels < 2 or kind not in kinds or (fields and flow not in (0, FLOW * fields)):
        u_v, both = (FLOW * fields, COLOUR + FLOW * fields) if fields else ("2 L", "3 + 2 L")
        channels = {"rgb": "3 channels (colour)", "flow": f"{u_v} (flow)", "both": f"{both} (colour and flow)"}
        wanted = " or ".join(text for name, text in channels.items() if name in kinds)
        raise ValueError(f"{network} wants {wanted}; got in_channels {in_channels}. Choose the data's input.")
    return parts


def stored_maps(in_channels: int, depth: int) -> dict[str, int]:
    """The same where the input is the last maps of the backbones, of `depth` channels each: one,
    called `maps`, or those of colour and flow. Raises ValueError on any other number of channels.
    """
    if in_channels not in (depth, 2 * depth):
        wanted = f"reads='maps' wants {depth} channels for one modality or {2 * depth} for two"
        raise ValueError(f"{wanted}; got in_channels {in_channels}. Give the width that the maps were made with.")
    return {"maps": depth} if in_channels == depth else {"rgb": depth, "flow": depth}
