"""Movies drawn with known truth: optics, scenes and disturbances, invented reactions."""
