"""Between the values of the service and the messages of the contract."""
