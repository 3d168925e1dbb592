"""Limits that both sides of the encoder share. Nothing heavy is imported here."""

#: Least height and width of images.
FEWEST_PIXELS = 8
