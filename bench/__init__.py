"""Measurements of this package; see README.md."""

import acwgan  # noqa: F401 -- Before TensorFlow, whose kernels it chooses.
