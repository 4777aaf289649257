"""Who may call the registry service, and who did what."""
