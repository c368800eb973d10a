"""Doors to carriers: the only package that knows a vendor, its codes and its client library."""
