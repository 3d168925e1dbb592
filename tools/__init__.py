"""Programs for those who work on this package; see CONTRIBUTING.md."""
