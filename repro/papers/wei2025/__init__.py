TITLE = "A human action recognition method based on spatiotemporal information interaction (Tian Wei, 2025)"
