"""Tools that take the mouse in the view."""
