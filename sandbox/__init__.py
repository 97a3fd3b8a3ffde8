"""Where moves are judged and rehearsed: the gate, the cluster's names, the simulator, scenarios."""
