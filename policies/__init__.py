"""The rules of the cloud measures as code: each with its article, its fact and its cure. Pure, no I/O."""
