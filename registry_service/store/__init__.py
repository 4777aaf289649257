"""Where registries and settings are kept."""
