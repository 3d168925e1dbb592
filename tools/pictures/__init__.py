"""What draws the pictures of the docs."""
