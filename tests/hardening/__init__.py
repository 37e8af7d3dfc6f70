"""What the product promises to whoever attacks it: limits, headers, sizes, links, the one way out."""
