"""The controllers of a control plane, one file for each kind of object."""
