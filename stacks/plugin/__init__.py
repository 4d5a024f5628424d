"""What a plain `pulumi preview|up|refresh|destroy` in a checkout starts: the language host and the provider."""
