"""The record as people and programs read it: its pages, its object links, its ends, and whether it still holds."""
