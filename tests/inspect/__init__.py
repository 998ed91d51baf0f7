"""Tests of reading runs back."""
