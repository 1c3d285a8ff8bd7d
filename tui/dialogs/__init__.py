"""Dialogs: boxes over a screen that ask for a reason, a point in time, a signature."""
