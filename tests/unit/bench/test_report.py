from bench.report import table


def row(tool: str, wall_s: float, *, problems: tuple[str, ...] = ()) -> dict[str, object]:
    took = {"wall_s": wall_s, "calls": 30, "cpu_s": 1.0, "cloud_cpu_s": wall_s / 2, "other_cpu_s": 0.0}
    return {
        "tool": tool,
        "n": 1,
        "shape": "plain",
        "problems": problems,
        **dict.fromkeys(("create", "ask", "again", "destroy"), took),
    }


def test_medians_stand_with_their_spread_and_beside_the_floor() -> None:
    rows = [row("floor", 2.0), row("product", 2.0), row("product", 3.0), row("product", 10.0)]
    _, _, floor, product = table(rows)
    assert floor.startswith("| plain | 1 | floor | 1 | 2.0 (2.0-2.0) | 1.00 |")
    assert product.startswith("| plain | 1 | product | 3 | 3.0 (2.0-10.0) | 1.50 |")


def test_a_run_that_left_the_cloud_otherwise_than_it_should_is_counted_and_not_measured() -> None:
    _, _, line = table([row("product", 2.0), row("product", 90.0, problems=("servers: 0 for 1",))])
    assert "| 2 (1 right) | 2.0 (2.0-2.0) |" in line
    assert "| 1 (0 right) |" in list(table([row("tofu", 1.0, problems=("left",))]))[-1]
