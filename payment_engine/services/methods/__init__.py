"""The methods document: what this customer can pay this payment with."""
