"""The scenario benchmark: scenarios told for many seeds, investigated, marked, and summed up.

Contestants (the agent and its baselines) work in long-lived processes of their own with the real
kubectl against the simulator. The result is one `magos.bench/v1` document; renderers only show it.
"""
