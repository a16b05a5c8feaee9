"""The numbers of standards as pure functions of arrays, each with its source."""
