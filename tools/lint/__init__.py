"""Reading other people's runbooks and scripts: where commands, manifests and PromQL stand in them.

Pure and lenient: placeholders are fine, and what is not understood is left alone. Nothing here
decides whether something may run; that is the ladder's and the gate's.
"""
