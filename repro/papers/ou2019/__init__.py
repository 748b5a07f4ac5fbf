"""ou2019: two VGG-16, for colour and for flow, fused in space and time before three LSTMs."""

TITLE = (
    "Spatiotemporal information deep fusion network with frame attention for video action recognition "
    "(Hongshi Ou and Sun, 2019)"
)
