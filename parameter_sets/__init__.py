"""Parameter sets, one module each, their measured tables beside them.

A set module has ``ENTRIES`` (value and ``Source`` of every entry, side by side),
``get_parameter_values()`` in PyBaMM's format, ``TITLE``, ``TRANSPORT`` (the form of the lithium
flux its diffusivity belongs to: "thermodynamic" or "chemical") and, if it offers other laws,
``ALTERNATIVES`` (parameter name -> name of the law -> law and source; the first is the set's
own). Modules whose names begin with an underscore hold what several sets share.
"""
