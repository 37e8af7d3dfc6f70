"""What people type on this step's pages: how a field looks. Rules that hold everywhere live in services."""
