"""An imitation of Paytm's payment gateway."""
