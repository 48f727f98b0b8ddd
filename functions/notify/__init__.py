"""notify: tells webhooks and people what happened."""
