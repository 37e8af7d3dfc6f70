"""All text can be translated, and the catalogue of each further language is whole."""
