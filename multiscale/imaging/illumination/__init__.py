"""Light that changes: lamp, haze, uneven fields."""
