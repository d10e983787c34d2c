"""The service's core without a database: for tests, benchmarks and the simulator."""
