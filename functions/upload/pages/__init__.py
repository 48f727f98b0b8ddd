"""Pages and their texts: listed, searched, compared, downloaded."""
