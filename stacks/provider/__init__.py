"""The provider: resources of a stack on OpenStack and S3-compatible stores, for one operation of the Pulumi engine."""
