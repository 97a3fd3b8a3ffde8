"""The kubelet: what happens to a pod on its node."""
