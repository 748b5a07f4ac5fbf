TITLE = "A human action recognition method based on spatiotemporal information interaction (Tian Wei, 2025)"
ANSWERS = "wei2025.table3", "dense+sparse+CDA"  # artifact and row of what answers for any film or photograph
