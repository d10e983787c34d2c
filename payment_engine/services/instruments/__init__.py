"""What a customer saves and chooses: cards, UPI addresses, wallets, consents, preferences."""
