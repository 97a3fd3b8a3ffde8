"""What Prometheus scrapes from a simulated cluster: kube-state-metrics, kubelets, cAdvisor."""
