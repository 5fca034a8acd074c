"""The numbers that golden scripts and tests draw alike: splitmix64, 24 bits of each word."""

import numpy as np

MASK = (1 << 64) - 1


class SplitMix64:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def symmetric(self, shape, scale=1.0):
        """Numbers in -scale...scale."""
        count = int(np.prod(shape))
        values = [((self.next() >> 40) / (1 << 23) - 1) * scale for _ in range(count)]
        return np.array(values).reshape(shape)
