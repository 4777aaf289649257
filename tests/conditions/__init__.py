"""What the tests of conditions share."""
