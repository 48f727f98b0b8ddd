"""Data folders of earlier versions, each stopped in mid-work, and how they were made."""
