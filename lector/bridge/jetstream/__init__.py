"""What the source and the sink share: streams, the CloudEvents binding, publishing."""
