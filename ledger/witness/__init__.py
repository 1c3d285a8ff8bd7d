"""A witness of logs: its key, its memory, and the server that cosigns."""
