"""Arguments and descriptions of layers, and what layers need beside convolutions."""
