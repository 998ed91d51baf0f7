"""What leaves the laboratory in a form that other tools read."""
