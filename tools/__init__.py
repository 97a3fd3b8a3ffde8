"""What can be done to the world and how its output is read: kubectl, promtool, manifests, distillers."""
