"""What the books refused is told to them once more: staff asks, the till sends."""
