"""Alert rules for Kubernetes and the configuration of a Prometheus that reads a simulated cluster."""
