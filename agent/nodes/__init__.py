"""The nodes of the graph, one file each: a function of workbench and state to a state update."""
