"""What a stack is made of: each component is a pure function from the spec to resources. No I/O, no Pulumi."""
