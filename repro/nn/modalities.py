"""What the channels of a clip hold: red, green and blue, or u and v of each of L flow fields, or
both in this order.
"""

from collections.abc import Container

from repro.nn.config import require

COLOUR, FLOW = 3, 2  # channels of a frame in colour, and of one flow field


def modalities(
    network: str, in_channels: int, kinds: Container[str] = ("rgb", "flow", "both"), fields: int = 0, maps: int = 0
) -> dict[str, int]:
    """`rgb`, `flow` or both, with their channels, in the order in which they lie in the clip.

    kinds: what the network takes. fields: how many flow fields it takes, 0 for any number. maps:
    where the input is the last maps of the backbones instead of frames, their channels: one such
    map is called `maps`, two are those of colour and flow.

    Raises ValueError, which names what the network takes, on any other number of channels.
    """
    if maps:
        wanted = f"reads='maps' at this width wants {maps} channels for one modality or {2 * maps} for two"
        require(in_channels in (maps, 2 * maps), wanted, in_channels)
        return {"maps": maps} if in_channels == maps else {"rgb": maps, "flow": maps}
    odd = in_channels % 2
    flow = in_channels - COLOUR * odd
    parts = ({"rgb": COLOUR} if odd else {}) | ({"flow": flow} if flow else {})
    kind = "both" if len(parts) == 2 else "".join(parts)
    u_v, both = (FLOW * fields, COLOUR + FLOW * fields) if fields else ("2 L", "3 + 2 L")
    channels = {"rgb": "3 channels (colour)", "flow": f"{u_v} (flow)", "both": f"{both} (colour and flow)"}
    wanted = f"{network} wants {' or '.join(text for name, text in channels.items() if name in kinds)}"
    known = in_channels > 1 and kind in kinds and (not fields or flow in (0, FLOW * fields))
    require(known, wanted, f"in_channels {in_channels}")
    return parts
