"""Programs for those who work on this package; see CONTRIBUTING.md."""

import acwgan  # noqa: F401 -- Before TensorFlow, whose kernels it chooses.
