"""From exact figures to what a template prints: text, marks and charts, with nothing left to calculate."""
