"""From a call to its kernel: arguments, problem, plan, engine."""
