"""From an operando movie to one trace per particle, and to its reaction timings.

Knows no model: arrays and files in, tables and labelled arrays out. The way of a frame: ``formats``
(one file for each) -> ``movie`` (which frames can be used, and when they were taken) ->
``registration`` (drift) -> ``segmentation`` or ``rois`` (particles, as ``regions``) -> ``traces``
(free of the lamp, by ``illumination``) -> ``timings``, ``lithium`` -> ``pipeline`` (all of it) ->
``stack`` (``ImageStack``, what users hold). Beside it stand ``cell_clock`` (the cell record),
``interior`` (fronts inside of particles) and ``rendering`` (movies with known truth).
"""
