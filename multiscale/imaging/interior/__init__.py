"""What happens inside of particles: profiles, fronts, the unreacted rest."""
