"""What stands behind the fixtures; `mockserver.pytest_plugin`, which pytest loads, imports it when a test needs it."""
