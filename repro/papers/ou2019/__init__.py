"""ou2019: two VGG-16, for colour and for flow, fused in space and time before three LSTMs."""

TITLE = (
    "Spatiotemporal information deep fusion network with frame attention for video action recognition "
    "(Hongshi Ou and Sun, 2019)"
)
STRUCTURE = "ou2019/07_structure.ipynb"  # the notebook of Figures 1 to 6 and 8
