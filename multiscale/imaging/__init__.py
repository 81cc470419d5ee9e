"""From an operando movie to one trace per particle, and to its reaction timings.

Knows no model: arrays and files in, tables and labelled arrays out.
"""
