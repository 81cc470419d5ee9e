"""Parameter sets, one module each, their measured tables beside them.

A set module has ``get_parameter_values()`` in PyBaMM's format (a new dictionary at each
call), ``SOURCES`` (a ``multiscale.parameters.Source`` for every entry), ``TITLE`` and
``TRANSPORT`` (the form of the lithium flux its diffusivity belongs to: "thermodynamic" or
"chemical"). Modules whose names begin with an underscore hold what several sets share.
"""
