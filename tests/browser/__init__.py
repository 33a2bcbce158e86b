"""Tests that look at pages in Chromium; a package, so that its browser ends with it."""
