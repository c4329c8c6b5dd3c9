"""The control API, `/_mock/…`: worlds, their clocks, journals and deliveries, for tests and for people."""
