"""The screens: each one reads through the source and shows what it found."""
