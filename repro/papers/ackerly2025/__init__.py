TITLE = "Deep image classification via spatiotemporal feature fusion networks (Rowan Ackerly, 2025)"
ANSWERS = ("ackerly2025.table1", "Ours")  # artifact and row of the network that answers for any film or photograph
