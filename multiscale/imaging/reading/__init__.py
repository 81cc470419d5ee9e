"""Files of movies: sources of frames, their times, what is dropped."""
