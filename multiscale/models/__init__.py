"""Models written in PyBaMM symbols."""
