"""Engines: each computes a convolution in one way.

An engine is a module, or a package, with the attributes of the protocol `Engine` in
`_core/plan.py`: `name`, `counts`, `automatic`, `least_seconds` and `plan`. `separable`
has `name` and `plan` only, because its kernels are factors: see `plan.separated`. Plans
have the attributes and methods of the protocol `Plan` there. `ENGINES` lists the
engines.
"""
