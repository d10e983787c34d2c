"""What the engine does: async functions whose first argument is the engine."""
