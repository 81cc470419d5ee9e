"""Movies drawn with known truth: optics, scenes, disturbances, files."""
