TITLE = "Spatiotemporal information deep fusion network with frame attention for video action recognition (Hongshi Ou and Sun, 2019)"
