"""The desktop application: Qt in, Qt out."""
