"""promtool: PromQL moves with relative times."""
