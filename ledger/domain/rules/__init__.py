"""The write side: may this event be recorded, and which changes of state follow."""
