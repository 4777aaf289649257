"""How a pipeline is written: YAML with places, and the languages inside its strings."""
