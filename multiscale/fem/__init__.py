"""Finite elements inside PyBaMM: spaces, the domains they make, operators."""
