TITLE = "A video classification method based on spatiotemporal detail attention and feature fusion (Gong and Li, 2022)"
ANSWERS = "gong2022.table2", "VCM-SDD STC MFF"  # artifact and row of what answers for any film or photograph
