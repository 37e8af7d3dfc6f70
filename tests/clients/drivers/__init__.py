"""Programs that send with a library as its users do; each runs in the libraries' own environment."""
