"""The service without a network, a database or a clock: for tests, benchmarks and the simulator.

``python -m payment_engine.simulator`` runs services, committer, job loop and webhooks as they are,
on virtual time, against gateways, customers and shops that misbehave by a seed.
"""
