"""A labelled simulated day on any district: what its streets, air and network might have measured.

Nothing of it was measured, and every layer says so. Traffic is Eclipse SUMO's, an optional part of the program.
"""

from twin.simulate.calendar import next_workday
from twin.simulate.day import SimulatedDay, simulate

__all__ = ["SimulatedDay", "next_workday", "simulate"]
