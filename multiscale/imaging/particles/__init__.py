"""Where the particles are: found, drawn, read from files."""
