"""The path of a call: arguments, problem, plan, engine, compiled module."""
