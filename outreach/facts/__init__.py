"""What decide() needs to know: zones of numbers and addresses, rows of the store as facts."""
