"""What answers at this step's addresses: client libraries at the root, people under their organisation."""
