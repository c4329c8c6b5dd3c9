"""The vendor's API: one file per resource, and the path that every request takes."""
