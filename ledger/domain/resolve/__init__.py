"""The read side: which claims bear on a cell, and the status they give on a day."""
