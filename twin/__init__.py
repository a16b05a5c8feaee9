"""The engine of District Twin: districts, sensor days, pictures. It never imports Qt."""

__version__ = "0.1.0"
