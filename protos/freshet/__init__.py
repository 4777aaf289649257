"""What the three programs share: the contract and the rules that both sides of it need."""

__version__ = "0.1.0"
