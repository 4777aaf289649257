"""What the three programs share: the contract and the rules that both sides of it need."""
