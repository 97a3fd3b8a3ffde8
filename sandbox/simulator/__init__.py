"""The simulated cluster: an API server that real clients talk to, and the physics behind it."""
