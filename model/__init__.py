"""Text in, constrained text out: executor backends. Knows neither tools nor cluster."""
