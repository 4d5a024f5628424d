"""Whether a document may proceed: the facts about it, judged by the rules. Pure; admission writes what it says."""
