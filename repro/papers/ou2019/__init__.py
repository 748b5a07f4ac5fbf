"""ou2019: two VGG-16, for colour and for flow, fused in space and time before three LSTMs."""

TITLE = (
    "Spatiotemporal information deep fusion network with frame attention for video action recognition "
    "(Hongshi Ou and Sun, 2019)"
)
ANSWERS = "ou2019.table1", "Ours (VGG-16-3Dconv-2LSTM)"  # artifact and row of what answers for any film or photograph
