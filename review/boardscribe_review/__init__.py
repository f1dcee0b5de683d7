"""Human review of doubtful notes."""
