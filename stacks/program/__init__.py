"""The Pulumi program: a spec's resources, registered with the engine."""
