"""The stages between the tree of nodes and the plan: plain functions that never import each other.

`driver` has them in order.
"""
