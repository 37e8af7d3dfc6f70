"""A firm's templates: what they hold, how three states of it are compared, and what crosses borders."""
