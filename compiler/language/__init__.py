"""What the user said: typed values with their places, before anything is looked up."""
