TITLE = "Deep image classification via spatiotemporal feature fusion networks (Rowan Ackerly, 2025)"
