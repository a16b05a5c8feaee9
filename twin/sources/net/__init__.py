"""What live feeds need of slow libraries: loaded when a feed connects, not when kinds are listed."""
