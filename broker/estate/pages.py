"""`docs/lifecycle.md`: the state machine of a system, drawn from the table that the fold itself obeys."""

from broker.estate.lifecycle import STAGE_ZH, TRANSITIONS, Transition

_HEAD = """# 系统的状态 · Lifecycle of a system

Drawn from `broker/estate/lifecycle.py` by `broker.estate.pages.lifecycle`; a test keeps it so. Each step is made by
exactly one kind of document. One that is not drawn is refused (`STEP_NOT_POSSIBLE`) with the documents that would have
to come first, and has no effect in the fold. A system that an order stopped goes back to the stage it came from. A
compulsory measure makes its step where its action is `stop`; where it closes public access alone, the stage stays.
"""


def lifecycle() -> str:
    """The page in Markdown: a Mermaid diagram and the same as a table."""
    drawn = ["```mermaid", "stateDiagram-v2", *(f"    {_arrow(t)}" for t in TRANSITIONS), "```", ""]
    rows = [
        f"| {_stage(t)} | {t.after.value} {STAGE_ZH[t.after]} | `{t.step.kind}` {t.step.name_zh} | {t.step.article} |"
        for t in TRANSITIONS
    ]
    head = ["| from | to | by | article |", "|---|---|---|---|"]
    return "\n".join([_HEAD, *drawn, *head, *rows]) + "\n"


def _arrow(transition: Transition) -> str:
    before = transition.before.value if transition.before else "[*]"
    return f"{before} --> {transition.after.value}: {transition.step.kind}"


def _stage(transition: Transition) -> str:
    before = transition.before
    return f"{before.value} {STAGE_ZH[before]}" if before else "—"
