"""Training code of the local models. Nothing imports this package."""
