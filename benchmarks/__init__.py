"""What Lector can do, measured beside what this machine could do at the best."""
