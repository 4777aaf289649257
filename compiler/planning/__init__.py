"""The parts of a plan, as `lower` puts them together. Here alone protobuf is imported."""
