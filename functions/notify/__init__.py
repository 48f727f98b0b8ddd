"""notify: sends notifications of events to webhooks and people."""
