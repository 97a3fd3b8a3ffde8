"""The cluster's network: policies, names, and whether a connection comes about."""
