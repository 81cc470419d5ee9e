"""The commands of ``multiscale``: arguments, calls, words; nothing is computed here."""
