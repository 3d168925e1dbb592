"""Times one training step of Keras, PyTorch and acwgan side by side: `python -m bench.step`."""
