"""The Pulumi program and its provider: from a StackSpec to resources on a cloud. Decides nothing."""
