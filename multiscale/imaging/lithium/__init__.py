"""From brightness to lithium: calibration and the timings it gives."""
