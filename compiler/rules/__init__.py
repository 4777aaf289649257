"""What cannot work, or works otherwise than it reads: pure functions that yield diagnostics."""
