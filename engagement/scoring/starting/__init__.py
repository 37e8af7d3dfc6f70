"""What a new client is offered to begin with: a guess for each event name, and the usual weights of an industry."""
