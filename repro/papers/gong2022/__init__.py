TITLE = "A video classification method based on spatiotemporal detail attention and feature fusion (Gong and Li, 2022)"
