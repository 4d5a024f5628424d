"""The kinds of documents: strict and closed models, one module per folder of the registry. No rule stands here."""
