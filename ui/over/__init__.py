"""Instruments over the view: which way, how far, where."""
