"""Names to models: what a model is called, its class by import path, the library it needs, and its search space."""
