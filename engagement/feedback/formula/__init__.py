"""What is read out of a text: words, its tone by a word list, the themes it speaks of. No Django, no database."""
