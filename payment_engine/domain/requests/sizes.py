"""How large a request's body may be, in bytes, by what it carries; a larger one is not read.

The largest valid body of each route fits, even if each letter of an Indian script is written as an
escape, in six bytes.
"""

NO_BODY = 1024
"""A route that reads none; clients send ``{}`` all the same."""
SMALL = 8 * 1024
"""A few fields."""
DEVICE = 32 * 1024
"""A few fields and a customer's device: its user agent and the names of thirty apps."""
LINES = 96 * 1024
"""A hundred lines of a refund."""
CART = 256 * 1024
"""A hundred lines of an order, each with a note, and metadata."""
WEBHOOK = 64 * 1024
"""A gateway's webhook: fourteen times the largest that Juspay publishes."""
LOGO = 64 * 1024
"""A merchant's brand with its logo."""
RETURN = 16 * 1024
"""The form that a gateway's page makes the browser post."""
