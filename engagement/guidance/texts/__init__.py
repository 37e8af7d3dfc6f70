"""Our own texts: one Markdown file a measure and a question, in each language; read once a process."""
